import { createBrowserRouter, Outlet, type RouteObject } from 'react-router'
import { accessRoutes, openAccessRoutes } from '../access/routes'
import { artifactsRoutes } from '../artifacts/routes'
import { automationsRoutes } from '../automations/routes'
import { deliveriesRoutes } from '../deliveries/routes'
import { webhooksRoutes } from '../webhooks/routes'
import { RequireSession } from './require-session'
import { NotFound, RouteFailure } from './route-failure'
import { Shell } from './shell'

/**
 * Every page, each loaded when it is first opened. Paths are those the `wandb` client prints; what is ours begins with a
 * word that no entity may have as its name.
 */
const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('../home/home-page')).HomePage }) },
  ...accessRoutes,
  ...webhooksRoutes,
  ...artifactsRoutes,
  ...automationsRoutes,
  ...deliveriesRoutes,
  { path: '*', Component: NotFound },
]

export const router = createBrowserRouter([
  {
    ErrorBoundary: RouteFailure,
    HydrateFallback: () => null,
    children: [
      ...openAccessRoutes,
      {
        element: (
          <RequireSession>
            <Shell>
              <Outlet />
            </Shell>
          </RequireSession>
        ),
        // Within the frame: a page that breaks leaves the way to all others.
        children: [{ ErrorBoundary: RouteFailure, children: pages }],
      },
    ],
  },
])

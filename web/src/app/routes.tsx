import { createBrowserRouter, Navigate, Outlet, type RouteObject, useParams } from 'react-router'
import { RequireSession } from './require-session'
import { NotFound, RouteFailure } from './route-failure'
import { Shell } from './shell'

/**
 * Every page, each loaded when it is first opened. Paths are those the `wandb` client prints; what is ours begins with a
 * word that no entity may have as its name.
 */
const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('../home/home-page')).HomePage }) },
  { path: '*', Component: NotFound },
]

export const router = createBrowserRouter([
  {
    ErrorBoundary: RouteFailure,
    HydrateFallback: Nothing,
    children: [
      {
        element: (
          <RequireSession>
            <Shell>
              <Outlet />
            </Shell>
          </RequireSession>
        ),
        children: pages,
      },
    ],
  },
])

function Nothing() {
  return null
}

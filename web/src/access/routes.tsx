import type { RouteObject } from 'react-router'

/** Pages that nobody needs to be signed in for. */
export const openAccessRoutes: RouteObject[] = [
  { path: 'login', lazy: async () => ({ Component: (await import('./login-page')).LoginPage }) },
]

export const accessRoutes: RouteObject[] = []

import type { RouteObject } from 'react-router'

export const deliveriesRoutes: RouteObject[] = []

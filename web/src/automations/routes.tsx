import type { RouteObject } from 'react-router'

export const automationsRoutes: RouteObject[] = []

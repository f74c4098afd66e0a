import type { RouteObject } from 'react-router'

export const artifactsRoutes: RouteObject[] = []

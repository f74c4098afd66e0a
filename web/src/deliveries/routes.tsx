import type { RouteObject } from 'react-router'

const history = async () => ({ Component: (await import('./history-page')).HistoryPage })

export const deliveriesRoutes: RouteObject[] = [
  { path: 'teams/:entity/history', lazy: history },
  { path: 'orgs/:entity/history', lazy: history },
  { path: 'orgs/:entity/registry/:registry/history', lazy: history },
  { path: ':entity/:project/history', lazy: history },
  { path: 'deliveries/:id', lazy: async () => ({ Component: (await import('./delivery-page')).DeliveryPage }) },
  { path: 'events/:id', lazy: async () => ({ Component: (await import('../events/event-page')).EventPage }) },
]

import type { RouteObject } from 'react-router'

const list = async () => ({ Component: (await import('./automations-page')).AutomationsPage })
const make = async () => ({ Component: (await import('./form-pages')).NewAutomationPage })

/** The four places that automations are listed and made in. */
const AREAS = ['teams/:entity', 'orgs/:entity', 'orgs/:entity/registry/:registry', ':entity/:project']

export const automationsRoutes: RouteObject[] = [
  ...AREAS.flatMap((area): RouteObject[] => [
    { path: `${area}/automations`, lazy: list },
    { path: `${area}/automations/new`, lazy: make },
  ]),
  {
    path: 'automations/:id/edit',
    lazy: async () => ({ Component: (await import('./form-pages')).EditAutomationPage }),
  },
  { path: 'automations/:id', lazy: async () => ({ Component: (await import('./automation-page')).AutomationPage }) },
]

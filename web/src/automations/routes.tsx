import type { RouteObject } from 'react-router'

const list = async () => ({ Component: (await import('./automations-page')).AutomationsPage })

/** The four places that automations are listed and made in. */
const AREAS = ['teams/:entity', 'orgs/:entity', 'orgs/:entity/registry/:registry', ':entity/:project']

export const automationsRoutes: RouteObject[] = AREAS.map((area) => ({ path: `${area}/automations`, lazy: list }))

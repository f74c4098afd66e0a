import type { RouteObject } from 'react-router'

const collections = async () => ({ Component: (await import('./collections-page')).CollectionsPage })
const collection = async () => ({ Component: (await import('./collection-page')).CollectionPage })
const version = async () => ({ Component: (await import('./version-page')).VersionPage })
const run = async () => ({ Component: (await import('../runs/run-page')).RunPage })
const clientLink = async () => ({ Component: (await import('./client-link-page')).ClientLinkPage })
const toArtifacts = async () => ({ Component: (await import('./client-link-page')).ToArtifacts })
const toRuns = async () => ({ Component: (await import('./client-link-page')).ToRuns })

/** The same in a project and in a registry. */
const artifacts: RouteObject[] = [
  { path: 'artifacts', lazy: collections },
  { path: 'artifacts/:type', lazy: collections },
  { path: 'artifacts/:type/:collection', lazy: collection },
  { path: 'artifacts/:type/:collection/:version', lazy: version },
  { path: 'artifacts/:type/:collection/:version/:tab', lazy: version },
]

/** Projects, registries, artifacts and runs, at the paths that the `wandb` client prints. */
export const artifactsRoutes: RouteObject[] = [
  { path: 'teams/:entity', lazy: async () => ({ Component: (await import('./projects-page')).ProjectsPage }) },
  { path: 'orgs/:entity', lazy: async () => ({ Component: (await import('./registries-page')).RegistriesPage }) },
  {
    path: 'orgs/:entity/registry/:registry',
    children: [
      { index: true, lazy: clientLink },
      ...artifacts,
      {
        path: 'settings',
        lazy: async () => ({ Component: (await import('./registry-settings-page')).RegistrySettingsPage }),
      },
    ],
  },
  {
    path: 'orgs/:entity/registries/new',
    lazy: async () => ({ Component: (await import('./new-registry-page')).NewRegistryPage }),
  },
  { path: ':entity', lazy: async () => ({ Component: (await import('./entity-redirect')).EntityRedirect }) },
  { path: ':entity/registry/model', lazy: clientLink },
  {
    path: ':entity/:project',
    children: [
      { index: true, lazy: toArtifacts },
      { path: 'workspace', lazy: toArtifacts },
      { path: 'overview', lazy: toArtifacts },
      ...artifacts,
      { path: 'runs', lazy: async () => ({ Component: (await import('../runs/runs-page')).RunsPage }) },
      { path: 'runs/:run', lazy: run },
      { path: 'runs/:run/*', lazy: run },
      { path: 'sweeps', lazy: toRuns },
      { path: 'sweeps/:sweep', lazy: toRuns },
    ],
  },
]

import type { RouteObject } from 'react-router'
import { askForTargets } from './targets'

const pages: RouteObject[] = [
  { path: 'secrets', lazy: async () => ({ Component: (await import('./secrets-page')).SecretsPage }) },
  {
    path: 'webhooks',
    lazy: async () => {
      askForTargets()
      return { Component: (await import('./webhooks-page')).WebhooksPage }
    },
  },
  {
    path: 'webhooks/new',
    lazy: async () => {
      askForTargets()
      return { Component: (await import('./webhook-form-page')).NewWebhookPage }
    },
  },
  {
    path: 'webhooks/:id',
    lazy: async () => {
      askForTargets()
      return { Component: (await import('./webhook-form-page')).EditWebhookPage }
    },
  },
  { path: 'slack', lazy: async () => ({ Component: (await import('./slack-page')).SlackPage }) },
]

/** The settings of whatever may have webhooks: the same under a team, a person and an organization. */
export const webhooksRoutes: RouteObject[] = ['teams', 'orgs'].flatMap((kind) =>
  pages.map((page) => ({ ...page, path: `${kind}/:entity/${page.path}` })),
)

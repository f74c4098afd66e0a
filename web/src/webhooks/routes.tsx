import type { RouteObject } from 'react-router'
import { loadTargets } from './targets'

const pages: RouteObject[] = [
  { path: 'secrets', lazy: async () => ({ Component: (await import('./secrets-page')).SecretsPage }) },
  {
    path: 'webhooks',
    lazy: async () => {
      const [{ WebhooksPage }] = await Promise.all([import('./webhooks-page'), loadTargets()])
      return { Component: WebhooksPage }
    },
  },
  {
    path: 'webhooks/new',
    lazy: async () => {
      const [{ NewWebhookPage }] = await Promise.all([import('./webhook-form-page'), loadTargets()])
      return { Component: NewWebhookPage }
    },
  },
  {
    path: 'webhooks/:id',
    lazy: async () => {
      const [{ EditWebhookPage }] = await Promise.all([import('./webhook-form-page'), loadTargets()])
      return { Component: EditWebhookPage }
    },
  },
  { path: 'slack', lazy: async () => ({ Component: (await import('./slack-page')).SlackPage }) },
]

/** The settings of whatever may have webhooks: the same under a team, a person and an organization. */
export const webhooksRoutes: RouteObject[] = ['teams', 'orgs'].flatMap((kind) =>
  pages.map((page) => ({ ...page, path: `${kind}/:entity/${page.path}` })),
)

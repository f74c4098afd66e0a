import type { Column } from '../ui/data-table'
import { Time } from '../ui/time'
import type { Owner } from './owner'
import type { ListedWebhook } from './queries'
import { NameCell, OpenCell, StateCell, UseCell } from './webhook-cells'
import { WebhookMenu } from './webhook-menu'

/** The columns of the list of webhooks; the menu only for those who may use it. */
export function webhookColumns(
  owner: Owner,
  actions: { onTest(webhook: ListedWebhook): void; onRotate(secret: string): void },
): Column<ListedWebhook>[] {
  return [
    { key: 'name', header: 'Webhook', cell: (webhook) => <NameCell webhook={webhook} base={owner.base} /> },
    { key: 'state', header: 'State', width: '34%', cell: (webhook) => <StateCell webhook={webhook} /> },
    {
      key: 'use',
      header: 'Used by',
      width: '160px',
      isExtra: true,
      cell: (webhook) => <UseCell webhook={webhook} />,
    },
    {
      key: 'open',
      header: 'Not arrived yet',
      width: '140px',
      isExtra: true,
      cell: (webhook) => <OpenCell webhook={webhook} owner={owner} />,
    },
    {
      key: 'success',
      header: 'Last arrived',
      width: '130px',
      isExtra: true,
      cell: ({ use }) => <Time at={use.lastSuccessAt} />,
    },
    ...(owner.isAdmin
      ? [
          {
            key: 'menu',
            header: <span className="visually-hidden">Actions</span>,
            width: '56px',
            align: 'right' as const,
            cell: (webhook: ListedWebhook) => (
              <WebhookMenu
                webhook={webhook}
                owner={owner}
                onTest={() => actions.onTest(webhook)}
                onRotate={actions.onRotate}
              />
            ),
          },
        ]
      : []),
  ]
}

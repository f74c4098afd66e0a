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
    STATE,
    USED_BY,
    {
      key: 'open',
      header: 'Not arrived yet',
      width: '140px',
      isExtra: true,
      cell: (webhook) => <OpenCell webhook={webhook} owner={owner} />,
    },
    LAST_ARRIVED,
    ...menuColumn(owner, (webhook) => (
      <WebhookMenu webhook={webhook} owner={owner} onTest={() => actions.onTest(webhook)} onRotate={actions.onRotate} />
    )),
  ]
}

export const STATE: Column<ListedWebhook> = {
  key: 'state',
  header: 'State',
  width: '28%',
  cell: (webhook) => <StateCell webhook={webhook} />,
}

export const USED_BY: Column<ListedWebhook> = {
  key: 'use',
  header: 'Used by',
  width: '160px',
  isExtra: true,
  cell: (webhook) => <UseCell webhook={webhook} />,
}

export const LAST_ARRIVED: Column<ListedWebhook> = {
  key: 'success',
  header: 'Last arrived',
  width: '120px',
  isExtra: true,
  cell: ({ use }) => <Time at={use.lastSuccessAt} />,
}

/** Nobody else may do anything. */
export function menuColumn(owner: Owner, cell: Column<ListedWebhook>['cell']): Column<ListedWebhook>[] {
  const header = <span className="visually-hidden">Actions</span>
  return owner.isAdmin ? [{ key: 'menu', header, width: '56px', align: 'right', cell }] : []
}

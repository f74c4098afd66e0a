import type { Reader, Tx } from '../database/database.ts'
import { secretsForPayloads } from '../webhooks/webhook.ts'

/** How a request names a webhook. */
export type WebhookKey = { id: number } | { publicIdOrName: string }

export type UsableWebhook = {
  id: number
  publicId: string
  name: string
  payloadSecrets: string[]
  isSlackIntegration: boolean
}

/** The webhook meant, among those of `entityIds`: public ids before names, and names in the order of the entities. */
export async function findUsableWebhook(
  tx: Tx,
  input: { key: WebhookKey; entityIds: readonly number[] },
): Promise<UsableWebhook | undefined> {
  const { key, entityIds } = input
  const rows = await selectWebhooks(tx)
    .where('entity_id', 'in', entityIds)
    .where('deleted_at', 'is', null)
    .where(({ eb, or }) =>
      'id' in key
        ? eb('id', '=', key.id)
        : or([eb('public_id', '=', key.publicIdOrName), eb('name', '=', key.publicIdOrName)]),
    )
    .execute()
  const rank = (row: WebhookColumns) =>
    'publicIdOrName' in key && row.public_id === key.publicIdOrName ? -1 : entityIds.indexOf(row.entity_id)
  const [best] = rows.sort((a, b) => rank(a) - rank(b))
  return best === undefined ? undefined : asUsable(best)
}

/** The webhook an automation already has, deleted or not. */
export async function loadWebhook(tx: Tx, id: number): Promise<UsableWebhook> {
  return asUsable(await selectWebhooks(tx).where('id', '=', id).executeTakeFirstOrThrow())
}

type WebhookColumns = Awaited<ReturnType<ReturnType<typeof selectWebhooks>['executeTakeFirstOrThrow']>>

function selectWebhooks(db: Reader | Tx) {
  return db
    .selectFrom('webhooks')
    .select(['id', 'public_id', 'entity_id', 'name', 'access_token_secret', 'signing_secret', 'secrets', 'slack'])
}

function asUsable(row: WebhookColumns): UsableWebhook {
  const payloadSecrets = secretsForPayloads({
    accessTokenSecret: row.access_token_secret,
    signingSecret: row.signing_secret,
    secrets: JSON.parse(row.secrets) as string[],
    headers: {},
  })
  const { id, public_id: publicId, name, slack } = row
  return { id, publicId, name, payloadSecrets, isSlackIntegration: slack !== null }
}

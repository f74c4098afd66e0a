/** What other domains and the doors use of webhooks and secrets. */

export { pauseWebhook } from './operations-pausing.ts'
export {
  createReceiverLoader,
  type Receiver,
  receiverOf,
  type UnreadyReceiver,
} from './operations-receivers.ts'
export { resealWithNewestKey } from './operations-resealing.ts'
export { deleteSecret, listSecrets, putSecret } from './operations-secrets.ts'
export {
  CONCURRENCY_MAX,
  checkUnsaved,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  loadWebhooks,
  requireWebhook,
  settingsOf,
  updateWebhook,
  type WebhookSettings,
  type WebhookView,
} from './operations-webhooks.ts'
export { secretsForPayloads } from './webhook.ts'

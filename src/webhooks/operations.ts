/** What other domains and the doors use of webhooks and secrets. */

export { pauseWebhook } from './operations-pausing.ts'
export {
  createReceiverLoader,
  type Receiver,
  type ReceiverLoader,
  receiverOf,
  type UnreadyReceiver,
} from './operations-receivers.ts'
export { deleteSecret, listSecrets, putSecret, type SecretView } from './operations-secrets.ts'
export {
  CONCURRENCY_DEFAULT,
  checkSettings,
  createWebhook,
  deleteWebhook,
  findWebhookFor,
  getWebhook,
  listWebhooks,
  loadWebhooks,
  openUrl,
  requireWebhook,
  updateWebhook,
  type WebhookSettings,
  type WebhookView,
} from './operations-webhooks.ts'
export { asWebhook, secretsForPayloads, type Webhook } from './webhook.ts'

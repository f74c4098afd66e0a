/** What other domains and the doors use of webhooks and secrets. */

export type { Observation } from './health.ts'
export { countTroubledWebhooks, type HealthChange, noteAttempts } from './operations-health.ts'
export { listMasterKeys, resealByHand, tendMasterKeys } from './operations-master-keys.ts'
export { pauseAllWebhooks, pauseWebhook } from './operations-pausing.ts'
export {
  createReceiverLoader,
  type Receiver,
  receiverOf,
  type UnreadyReceiver,
} from './operations-receivers.ts'
export { createSecretUseLog, type SecretUse } from './operations-secret-use.ts'
export {
  deleteSecret,
  endOverlap,
  forgetPreviousSecrets,
  listSecrets,
  OVERLAP_HOURS_DEFAULT,
  OVERLAP_HOURS_MAX,
  type PreviousView,
  putSecret,
  type SecretView,
} from './operations-secrets.ts'
export {
  CONCURRENCY_MAX,
  checkUnsaved,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  loadWebhooks,
  loadWebhookUsers,
  requireWebhook,
  settingsOf,
  updateWebhook,
  type WebhookSettings,
  type WebhookUser,
  type WebhookView,
} from './operations-webhooks.ts'
export { secretsForPayloads } from './webhook.ts'

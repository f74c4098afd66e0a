import type { Logger } from 'pino'
import type { OidcProvider } from './access/oidc-provider.ts'
import type { BlobStore } from './blobs/blob-store.ts'
import type { Database } from './database/database.ts'
import type { Claim } from './deliveries/operations-claiming.ts'
import type { Renderer } from './deliveries/rendering.ts'
import type { Sender } from './deliveries/send.ts'
import type { Clock } from './runtime/clock.ts'
import type { Config } from './runtime/config.ts'
import type { HostResolver } from './runtime/resolve-host.ts'
import type { AddressPolicy } from './webhooks/address-policy.ts'
import type { Keyring } from './webhooks/keyring.ts'
import type { Receivers } from './webhooks/operations-receivers.ts'

/**
 * What operations touch that is not a decision. One per running server: nothing of it lives in modules, so two servers
 * can run in one process.
 */
export type World = {
  readonly config: Config
  readonly db: Database
  readonly blobs: BlobStore
  readonly keyring: Keyring
  /** Where webhooks may reach. */
  readonly addressPolicy: AddressPolicy
  readonly resolveHost: HostResolver
  /** Makes requests to webhooks. */
  readonly sender: Sender
  /** Who tells who signs in; `undefined`: nobody. */
  readonly oidc?: OidcProvider | undefined
  /** `undefined`: this process sends nothing. */
  readonly worker: LocalWorker | undefined
  readonly log: Logger
  readonly clock: Clock
  /** Milliseconds since the epoch, by the clock of all processes that share the database (`Database.now`). */
  now(): number
  /** In [0, 1). */
  random(): number
  /** Tell the workers, on whatever process, that deliveries may be due. Call it after a commit, never inside one. */
  wakeWorkers(): void
}

/** The worker of this process, which a change may claim its deliveries for. */
export type LocalWorker = {
  /** Whose leases these are. */
  readonly name: string
  readonly render: Renderer
  /** How many more requests it would have open now. */
  room(): number
  /** The webhooks of deliveries that are about to be claimed, ready for sending. */
  loadReceivers(webhookIds: readonly number[]): Promise<Receivers>
  /** Send what a transaction that has just committed claimed for it, leased since `leasedAt` of `clock.elapsedMs()`. */
  take(claims: readonly Claim[], receivers: Promise<Receivers>, leasedAt: number): void
}

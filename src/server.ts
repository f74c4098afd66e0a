import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { accessRoutes } from './access/http.ts'
import { oidcRoutes } from './access/http-oidc.ts'
import type { OidcProvider } from './access/oidc-provider.ts'
import { forgetEndedInvites, forgetEndedSessions } from './access/operations.ts'
import { bootstrap } from './access/operations-bootstrap.ts'
import { artifactRoutes } from './artifacts/http.ts'
import { downloadRoutes } from './artifacts/http-downloads.ts'
import { noteArtifactFilesStored } from './artifacts/operations.ts'
import { automationRoutes } from './automations/http.ts'
import { backtestRoutes } from './automations/http-backtest.ts'
import { executionRoutes } from './automations/http-executions.ts'
import { explanationRoutes } from './automations/http-explanation.ts'
import { listingRoutes } from './automations/http-listing.ts'
import { overviewRoutes } from './automations/http-overview.ts'
import { previewRoutes } from './automations/http-preview.ts'
import { rehearsalRoutes } from './automations/http-rehearsal.ts'
import { runningRoutes } from './automations/http-running.ts'
import { searchRoutes } from './automations/http-search.ts'
import type { BlobStore } from './blobs/blob-store.ts'
import { byteDoor } from './blobs/http.ts'
import { createGarbageMetrics } from './blobs/metrics.ts'
import { NO_BLOBS } from './blobs/none.ts'
import { openBlobs } from './blobs/open.ts'
import { blobUrlKeys } from './blobs/operations.ts'
import { maskSignedUrl } from './blobs/signed-url.ts'
import type { Database } from './database/database.ts'
import { openPostgres } from './database/postgres.ts'
import { openSqlite } from './database/sqlite.ts'
import { deliveryRoutes } from './deliveries/http.ts'
import { replayRoutes } from './deliveries/http-replays.ts'
import { createSender } from './deliveries/send.ts'
import { createWorker } from './deliveries/worker.ts'
import { eventRoutes } from './events/http.ts'
import { graphqlRoutes } from './graphql/route.ts'
import { createHousekeeping } from './housekeeping.ts'
import { createApp } from './http/app.ts'
import { requireCredentialsOrSession } from './http/authentication.ts'
import { forgetOldAnswers, keepIdempotent } from './http/idempotency.ts'
import { refuseOtherMethods } from './http/methods.ts'
import { createMetrics, measureRequests } from './http/metrics.ts'
import { describeApi } from './http/openapi.ts'
import type { RestApp } from './http/rest.ts'
import { Refusal } from './refusal.ts'
import { runRoutes } from './runs/http.ts'
import { runAlertRoutes } from './runs/http-alerts.ts'
import { shownRunRoutes } from './runs/http-runs.ts'
import { noteRunFilesStored } from './runs/operations.ts'
import { SYSTEM_CLOCK } from './runtime/clock.ts'
import type { Config } from './runtime/config.ts'
import { createLog } from './runtime/log.ts'
import { createHostResolver } from './runtime/resolve-host.ts'
import { within } from './runtime/within.ts'
import { parseAddressPolicy } from './webhooks/address-policy.ts'
import { parseEgress, showProxy } from './webhooks/egress.ts'
import { webhookRoutes } from './webhooks/http.ts'
import { masterKeyRoutes } from './webhooks/http-master-keys.ts'
import { targetRoutes } from './webhooks/http-targets.ts'
import { openKeyring } from './webhooks/master-keys.ts'
import { forgetPreviousSecrets, tendMasterKeys } from './webhooks/operations.ts'
import type { LocalWorker, World } from './world.ts'

/** Requests in progress at a stop get this long; what is still open then is cut. */
const DRAIN_MS = 5_000

const SWEEP_MS = 3_600_000

/** Whoever asks whether we are ready does not wait long. */
const CHECK_MS_MAX = 2_000

/** A running process: a server or a worker. */
type Running = {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  readonly world: World
  /**
   * Stop: no new connections, requests in progress finish, sends in progress are cut off and go back into the queue.
   * Idempotent; takes 10 s at the most.
   */
  stop(): Promise<void>
}

/** A running server. */
export type Server = Running & {
  /** The one-time link to create the administrator with; `undefined` once there is one. */
  readonly setupUrl: string | undefined
}

/** What a server is made of, for whoever wants to put something between its parts. */
export type Parts = {
  log: Logger
  openDatabase(config: Config, log: Logger): Promise<Database>
}

/**
 * Open the data, migrate it, listen and begin to send.
 *
 * @throws ConfigError | Error with a message for the operator when something it needs is missing or in use
 */
export async function startServer(config: Config, given: Partial<Parts> = {}): Promise<Server> {
  return startStoppable((undo) => serve(config, partsOf(config, given), undo))
}

/**
 * Open the shared database, migrate it and send, with nothing but `/live`, `/ready` and `/metrics` to listen for. It
 * needs no blobs, and creates no administrator.
 *
 * @throws ConfigError | Error as above
 */
export async function startWorker(config: Config, given: Partial<Parts> = {}): Promise<Running> {
  return startStoppable((undo) => work(config, partsOf(config, given), undo))
}

function partsOf(config: Config, given: Partial<Parts>): Parts {
  return { log: createLog(config, maskSignedUrl), openDatabase, ...given }
}

/** What has been started, each with how it is undone: in reverse order, by a stop or by a start that fails half-way. */
type Undo = (() => Promise<void>)[]

async function startStoppable<Started extends object>(
  start: (undo: Undo) => Promise<Started>,
): Promise<Started & Pick<Running, 'stop'>> {
  const undo: Undo = []
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= stopInOrder(undo)
    return stopping
  }
  try {
    return { ...(await start(undo)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function serve(config: Config, parts: Parts, undo: Undo): Promise<Omit<Server, 'stop'>> {
  const { world, metrics } = await openWorld(config, parts, undo, () => openBlobs(config))
  const app = createApp(parts.log, { trustedProxies: config.trustedProxies, hasWebApp: true })
  const services = servicesOf(app, undo)
  await addRoutes(app, world, metrics)
  const url = await listen(app, config)
  const port = Number(new URL(url).port)
  world.config = { ...config, port, publicUrl: config.publicUrl ?? `http://localhost:${port}` }
  const { setupUrl } = await bootstrap(world)
  await tend(world, undo)
  keepHouse(world, services, { onRemoved: createGarbageMetrics(metrics).removed })
  if (config.worker) await send(world, metrics, services)
  return { url, world, setupUrl }
}

async function work(config: Config, parts: Parts, undo: Undo): Promise<Omit<Running, 'stop'>> {
  const { world, metrics } = await openWorld(config, parts, undo, async () => NO_BLOBS)
  const app = createApp(parts.log)
  const services = servicesOf(app, undo)
  const refuseTheRest = refuseOtherMethods(app)
  measureRequests(app, metrics)
  healthRoutes(app, world)
  refuseTheRest()
  const url = await listen(app, config)
  await tend(world, undo)
  await send(world, metrics, services)
  return { url, world }
}

type OpenWorld = World & { config: Config; worker: LocalWorker | undefined }

async function openWorld(
  config: Config,
  { log, openDatabase }: Parts,
  undo: Undo,
  openBlobs: () => Promise<BlobStore>,
): Promise<{ world: OpenWorld; metrics: Registry }> {
  const db = await openDatabase(config, log)
  undo.push(() => db.close())
  const keyring = await openKeyring(config, db)
  const blobs = await openBlobs()
  undo.push(() => blobs.close())
  const addressPolicy = parseAddressPolicy(config.webhookAllow)
  const resolveHost = createHostResolver()
  const egress = parseEgress(config.webhookEgress)
  const proxies = [
    ...new Set(
      Object.values(egress.proxies)
        .filter((proxy) => proxy !== undefined)
        .map(showProxy),
    ),
  ]
  if (proxies.length > 0) log.info({ proxies }, 'webhooks are sent through a proxy')
  const sender = createSender({
    policy: addressPolicy,
    resolveHost,
    egress,
    authorities: config.webhookAuthorities,
    now: db.now,
  })
  undo.push(() => sender.close())
  const world: OpenWorld = {
    config,
    db,
    blobs,
    keyring,
    addressPolicy,
    resolveHost,
    sender,
    oidc: await openOidc(config, db),
    worker: undefined,
    log,
    clock: SYSTEM_CLOCK,
    now: db.now,
    random: Math.random,
    wakeWorkers: () => db.announce(),
  }
  return { world, metrics: createMetrics() }
}

/** What stops at the same time, as each has its time, and what comes after that. */
type Services = { together: Undo; afterwards: Undo }

function servicesOf(app: RestApp, undo: Undo): Services {
  const services: Services = { together: [() => closeApp(app)], afterwards: [] }
  undo.push(() => stopAll(services.together).finally(() => stopAll(services.afterwards)))
  return services
}

async function tend(world: World, undo: Undo): Promise<void> {
  await tendMasterKeys(world)
  const forget = () =>
    Promise.all([
      forgetOldAnswers(world),
      forgetPreviousSecrets(world),
      forgetEndedSessions(world),
      forgetEndedInvites(world),
    ]).catch((error: unknown) => world.log.error({ err: error }, 'sweep failed'))
  // At the start too: a process that never runs for an hour forgets as well.
  await forget()
  const sweep = setInterval(forget, SWEEP_MS)
  sweep.unref()
  undo.push(async () => clearInterval(sweep))
}

async function send(world: OpenWorld, metrics: Registry, services: Services): Promise<void> {
  const worker = createWorker(world, metrics)
  services.together.push(worker.stop)
  await worker.start()
  world.worker = worker
  services.afterwards.push(worker.settled)
  keepHouse(world, services, 'events')
}

function keepHouse(world: World, services: Services, of: Parameters<typeof createHousekeeping>[1]): void {
  const housekeeping = createHousekeeping(world, of)
  services.together.push(housekeeping.stop)
  housekeeping.start()
}

/** Every step is taken, also after one that failed. */
async function stopInOrder(undo: Undo): Promise<void> {
  const failures: unknown[] = []
  for (const step of undo.reverse()) await step().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function stopAll(services: Undo): Promise<void> {
  const outcomes = await Promise.allSettled(services.map((stop) => stop()))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/**
 * Where it listens.
 *
 * @throws Error for the operator, naming what to set
 */
async function listen(app: RestApp, { host, port }: Config): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'EADDRINUSE'
        ? `port ${port} is taken by another program. Stop that one, or set TRIPLINE_PORT to a free port (0 takes any)`
        : code === 'EACCES'
          ? `this user may not listen on port ${port}. Set TRIPLINE_PORT to one above 1023`
          : `${message}. Set TRIPLINE_HOST to an address of this machine`
    throw new Error(`Cannot listen on ${host}: ${reason}.`, { cause: error })
  }
  const { family, address, port: taken } = app.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`
}

/** What speaks to an identity provider is loaded only where there is one. */
async function openOidc({ oidc }: Config, db: Database): Promise<OidcProvider | undefined> {
  if (oidc === undefined) return undefined
  const { createOidcProvider } = await import('./access/oidc-provider.ts')
  return createOidcProvider(oidc, db.now)
}

async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (config.databaseUrl === undefined) return openSqlite({ directory: config.dataDir })
  return openPostgres({
    url: config.databaseUrl,
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection was lost'),
  })
}

async function addRoutes(app: RestApp, world: World, metrics: Registry): Promise<void> {
  const refuseTheRest = refuseOtherMethods(app)
  measureRequests(app, metrics)
  await describeApi(app)
  healthRoutes(app, world)
  oidcRoutes(app, world)
  await app.register(byteDoor, {
    store: world.blobs,
    keys: () => blobUrlKeys(world),
    now: world.now,
    onStored: async (blobs) => noteRunFilesStored(world, await noteArtifactFilesStored(world, blobs)),
  })
  graphqlRoutes(app, world)
  runRoutes(app, world)
  downloadRoutes(app, world)
  await app.register(
    async (api: RestApp) => {
      requireCredentialsOrSession(api, world)
      keepIdempotent(api, world)
      accessRoutes(api, world)
      artifactRoutes(api, world)
      runAlertRoutes(api, world)
      shownRunRoutes(api, world)
      automationRoutes(api, world)
      overviewRoutes(api, world)
      searchRoutes(api, world)
      listingRoutes(api, world)
      executionRoutes(api, world)
      backtestRoutes(api, world)
      explanationRoutes(api, world)
      runningRoutes(api, world)
      rehearsalRoutes(api, world)
      previewRoutes(api, world)
      eventRoutes(api, world)
      webhookRoutes(api, world)
      targetRoutes(api)
      masterKeyRoutes(api, world)
      deliveryRoutes(api, world)
      replayRoutes(api, world)
    },
    { prefix: '/api/v1' },
  )
  refuseTheRest()
}

/** `/live`: the process runs. `/ready`: the database and the blobs answer, so that requests may be sent here. */
function healthRoutes(app: RestApp, world: World): void {
  app.get('/live', { schema: { hide: true } }, async () => ({ status: 'live' }))
  app.get('/ready', { schema: { hide: true } }, async () => {
    const [database, blobs] = await Promise.allSettled([
      within(CHECK_MS_MAX, 'The database', world.db.check()),
      within(CHECK_MS_MAX, 'The store of blobs', world.blobs.check()),
    ])
    if (database.status === 'rejected') {
      world.log.error({ err: database.reason }, 'the database is not ready')
      throw new Refusal('database_unavailable', 'The database does not answer')
    }
    if (blobs.status === 'rejected') {
      world.log.error({ err: blobs.reason }, 'the blobs are not ready')
      throw new Refusal('storage_unavailable', 'Files cannot be stored')
    }
    return { status: 'ready' }
  })
}

/** Stop listening, let requests in progress finish, cut what is left. */
async function closeApp(app: RestApp): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { within } from '../runtime/within.ts'

const CHANNEL = 'tripline_wake'
const RECONNECT_MS = 1_000
const CONNECT_TIMEOUT_MS = 5_000
const END_TIMEOUT_MS = 1_000

/** A connection that nothing is said on would not notice that its other end has vanished: it is asked after this long. */
const KEEP_ALIVE_MS = 10_000

/**
 * Wake-ups between the processes that share one PostgreSQL. Announced after a commit, never inside one, where `notify`
 * would make commits wait for each other. Losing one costs only time: whoever listens also polls.
 */
export type PostgresSignals = {
  announce(): void
  listen(onSignal: () => void): Promise<() => Promise<void>>
}

export function createSignals(input: {
  url: string
  query(text: string, values: string[]): Promise<unknown>
  onConnectionError(error: Error): void
}): PostgresSignals {
  const name = randomUUID()
  const listeners = new Set<() => void>()
  let sending = false
  let again = false

  // One at a time: announcements that come meanwhile become one more.
  async function send(): Promise<void> {
    sending = true
    do {
      again = false
      try {
        await input.query('select pg_notify($1, $2)', [CHANNEL, name])
      } catch (error) {
        input.onConnectionError(error as Error)
      }
    } while (again)
    sending = false
  }

  return {
    announce() {
      for (const onSignal of listeners) onSignal()
      if (sending) again = true
      else void send()
    },
    async listen(onSignal) {
      let stopped = false
      let client: pg.Client | undefined
      let retry: NodeJS.Timeout | undefined

      const connect = async (): Promise<void> => {
        const fresh = new pg.Client({
          connectionString: input.url,
          application_name: 'tripline wake-ups',
          connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
          keepAlive: true,
          keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
        })
        client = fresh
        const lost = (error?: Error) => {
          if (stopped || client !== fresh) return
          client = undefined
          if (error !== undefined) input.onConnectionError(error)
          fresh.end().catch(() => {})
          retry = setTimeout(() => void connect(), RECONNECT_MS)
        }
        fresh.on('error', lost)
        fresh.on('end', () => lost())
        fresh.on('notification', ({ payload }) => {
          if (payload !== name) onSignal()
        })
        try {
          await fresh.connect()
          await fresh.query(`listen ${CHANNEL}`)
          // What was announced while nobody listened.
          onSignal()
        } catch (error) {
          lost(error as Error)
        }
      }

      listeners.add(onSignal)
      await connect()
      return async () => {
        stopped = true
        listeners.delete(onSignal)
        clearTimeout(retry)
        const ended = client?.end() ?? Promise.resolve()
        // A server that has vanished does not say good-bye.
        await within(END_TIMEOUT_MS, 'PostgreSQL', ended).catch(() => client?.connection.stream.destroy())
      }
    },
  }
}

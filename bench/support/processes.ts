import { fork } from 'node:child_process'
import { once } from 'node:events'

/** No step of a benchmark may take longer. */
const STEP_TIMEOUT_MS = 5 * 60_000

type Question = { id: number; action: string; input: unknown }
type Answer = { id: number; value?: unknown; failure?: string }

/** What a process of a benchmark can be asked to do, by name. */
export type Actions = Record<string, (input: never) => unknown>

/** Another process, its actions called as functions. Its standard output is this one's. */
export type Peer<Offered extends Actions> = {
  readonly pid: number
  ask<Name extends keyof Offered & string>(
    action: Name,
    input?: Parameters<Offered[Name]>[0],
  ): Promise<Awaited<ReturnType<Offered[Name]>>>
  stop(): Promise<void>
}

/** Starts the module `url` as a process of its own; it calls `offer` when it is ready. */
export async function startPeer<Offered extends Actions>(url: URL, args: string[] = []): Promise<Peer<Offered>> {
  const child = fork(url, args, { serialization: 'advanced' })
  const exited = once(child, 'exit')
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${url.pathname} ended early`))
  })
  child.on('message', ({ id, value, failure }: Answer) => {
    if (failure === undefined) waiting.get(id)?.resolve(value)
    else waiting.get(id)?.reject(new Error(failure))
  })
  const answerTo = async (id: number) => {
    const answer = Promise.withResolvers<unknown>()
    const late = setTimeout(() => answer.reject(new Error(`${url.pathname} took too long`)), STEP_TIMEOUT_MS)
    waiting.set(id, answer)
    try {
      return await answer.promise
    } finally {
      clearTimeout(late)
      waiting.delete(id)
    }
  }
  let lastId = 0
  await answerTo(0)
  return {
    pid: child.pid!,
    async ask(action, input) {
      const id = ++lastId
      child.send({ id, action, input } satisfies Question)
      return (await answerTo(id)) as never
    },
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** The other side: does what it is asked until the process that started this one lets go or ends. */
export function offer(actions: Actions): void {
  process.on('message', async ({ id, action, input }: Question) => {
    try {
      process.send!({ id, value: await actions[action]!(input as never) } satisfies Answer)
    } catch (error) {
      process.send!({ id, failure: String(error) } satisfies Answer)
    }
  })
  process.on('disconnect', () => process.exit())
  process.send!({ id: 0 } satisfies Answer)
}

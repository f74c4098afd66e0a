import { setTimeout as sleep } from 'node:timers/promises'
import type { Peer } from './processes.ts'
import type { ReceiverActions } from './receiver-process.ts'
import type { givenStory } from './story.ts'
import type { Tripline } from './tripline.ts'

const LOOK_AGAIN_MS = 2
const CHANGES_AT_ONCE = 8

type Story = Awaited<ReturnType<typeof givenStory>>

/** Calls `act` `count` times, `width` at once. */
export async function atOnce(width: number, count: number, act: () => Promise<unknown>): Promise<void> {
  let left = count
  const actOn = async () => {
    while (left-- > 0) await act()
  }
  await Promise.all(Array.from({ length: width }, actOn))
}

/** Resolves when the team has no delivery any more that waits or is being sent. */
export async function untilSettled({ call }: Tripline): Promise<void> {
  for (const state of ['pending', 'sending']) {
    while ((await call('GET', `/entities/vision/deliveries?state=${state}&limit=1`)).items.length > 0) {
      await sleep(LOOK_AGAIN_MS)
    }
  }
}

/** Pauses the story's webhooks and moves its alias so many times: what each move fires waits. */
export async function givenBacklog(story: Story, moves: number): Promise<void> {
  await story.pause(true)
  await atOnce(CHANGES_AT_ONCE, moves, () => story.moveAlias())
}

/** Resumes the webhooks, and resolves when all `count` deliveries are settled: how long that took, and a body. */
export async function drainBacklog(
  server: Tripline,
  story: Story,
  receiver: Peer<ReceiverActions>,
  count: number,
): Promise<{ seconds: number; body: string }> {
  const received = receiver.ask('receive', count)
  const startedAt = performance.now()
  await story.pause(false)
  const { body } = await received
  await untilSettled(server)
  return { seconds: (performance.now() - startedAt) / 1_000, body }
}

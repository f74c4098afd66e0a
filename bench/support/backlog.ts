import { setTimeout as sleep } from 'node:timers/promises'
import type { Tripline } from './tripline.ts'

const LOOK_AGAIN_MS = 2

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

/** Loaded into a server by `node --import`: measures the delay of its event loop and tells it when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 1

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
delay.enable()

process.on('message', (message) => {
  if (message !== 'loop delay') return
  // The histogram holds the time from one tick of a timer to the next: what is above the timer's own is delay.
  const ms = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS)
  process.send!({ p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) })
  delay.reset()
})

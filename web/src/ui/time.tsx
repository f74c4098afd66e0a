import { Tooltip } from '@mantine/core'
import { useEffect, useState, useSyncExternalStore } from 'react'
import classes from './time.module.css'

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 24 * 3_600],
  ['month', 30 * 24 * 3_600],
  ['week', 7 * 24 * 3_600],
  ['day', 24 * 3_600],
  ['hour', 3_600],
  ['minute', 60],
]
const JUST_NOW_S = 45
const TICK_MS = 20_000

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' })
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })

/** Such as "3 minutes ago", or "in 2 hours". */
function relativeTime(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1_000
  if (Math.abs(seconds) < JUST_NOW_S) return seconds > 1 ? 'in a moment' : 'just now'
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (['minute', 60] as const)
  return relative.format(Math.round(seconds / size) || Math.sign(seconds), unit)
}

/** Relative, kept up to date; the absolute time on hover or a tap, and for programs. `null` shows `none`. */
export function Time({ at, none = 'never' }: { at: string | null | undefined; none?: string }) {
  useClock()
  // What shows it is made when somebody points there: most times of a list nobody asks for.
  const [pointedAt, setPointedAt] = useState<HTMLElement>()
  const [tapped, setTapped] = useTapped()
  const target = tapped ?? pointedAt
  if (at === null || at === undefined) return <>{none}</>
  const date = new Date(at)
  return (
    <span
      className={classes.time}
      onPointerEnter={({ currentTarget }) => setPointedAt(currentTarget)}
      onPointerLeave={() => setPointedAt(undefined)}
      // A finger points only while it presses: what it taps stays for a while.
      onPointerUp={({ currentTarget, pointerType }) => {
        if (pointerType !== 'mouse') setTapped(tapped === undefined ? currentTarget : undefined)
      }}
    >
      <time dateTime={at}>{relativeTime(date, new Date())}</time>
      {/* Beside it: what is pointed at stays as it is, or the pointer would not be seen to leave. */}
      {target !== undefined && (
        <Tooltip target={target} label={absolute.format(date)} events={BY_ITSELF} defaultOpened />
      )}
    </span>
  )
}

const TAPPED_MS = 5_000

/** What was tapped last, until one taps or scrolls elsewhere, presses Escape, or has had the time to read. */
function useTapped() {
  const [tapped, setTapped] = useState<HTMLElement>()
  useEffect(() => {
    if (tapped === undefined) return
    const end = () => setTapped(undefined)
    const controller = new AbortController()
    const { signal } = controller
    document.addEventListener('pointerdown', ({ target }) => tapped.contains(target as Node) || end(), { signal })
    document.addEventListener('scroll', end, { signal, capture: true, passive: true })
    document.addEventListener('keydown', ({ key }) => key === 'Escape' && end(), { signal })
    const timer = setTimeout(end, TAPPED_MS)
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [tapped])
  return [tapped, setTapped] as const
}

const BY_ITSELF = { hover: false, focus: false, touch: false }

/** Such as "12 ms" or "3.4 s". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}

let ticks = 0
let timer: ReturnType<typeof setInterval> | undefined
const listeners = new Set<() => void>()

/** Draws again at each tick: one clock for all times on the page. */
function useClock(): void {
  useSyncExternalStore(subscribe, () => ticks)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    ticks += 1
    for (const each of listeners) each()
  }, TICK_MS)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

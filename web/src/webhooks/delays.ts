const UNITS: Record<string, number> = { s: 1, min: 60, m: 60, h: 3_600, d: 86_400 }
const DELAY = /^(\d+)\s*(s|min|m|h|d)?$/i

const RETRIES_MAX = 15
const DELAY_SECONDS_MAX = 86_400
const SCHEDULE_SECONDS_MAX = 7 * 86_400

/** Seconds from attempt to attempt as people write them, such as "10 s, 1 min, 2 h"; a number alone is seconds. */
export function parseDelays(text: string): { seconds: number[]; problem?: undefined } | { problem: string } {
  const seconds: number[] = []
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue
    const match = DELAY.exec(part)
    const unit = UNITS[(match?.[2] ?? 's').toLowerCase()]
    if (match === null || unit === undefined) return { problem: `“${part}” is no time: write 10 s, 5 min or 2 h.` }
    const value = Number(match[1]) * unit
    if (value < 1 || value > DELAY_SECONDS_MAX) return { problem: `“${part}” is not between 1 s and 24 h.` }
    seconds.push(value)
  }
  if (seconds.length === 0) return { problem: 'Write the times between attempts, such as 10 s, 1 min, 10 min.' }
  if (seconds.length > RETRIES_MAX) return { problem: `There are ${RETRIES_MAX} retries at most.` }
  const sum = seconds.reduce((total, each) => total + each, 0)
  return sum > SCHEDULE_SECONDS_MAX ? { problem: 'That is longer than 7 days in all.' } : { seconds }
}

/** Such as "10 s, 1 min, 2 h": each in its largest whole unit. */
export function formatDelays(seconds: readonly number[]): string {
  return seconds
    .map((value) => {
      if (value % 3_600 === 0) return `${value / 3_600} h`
      return value % 60 === 0 ? `${value / 60} min` : `${value} s`
    })
    .join(', ')
}

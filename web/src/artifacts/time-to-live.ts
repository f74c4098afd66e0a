/** How long a version lives, as the API says it: inherited, for ever, or so many seconds. */
export type TimeToLive = 'inherit' | 'never' | number

const DAY_S = 86_400
const HOUR_S = 3_600

/** Such as "30 days", "6 hours", "Never expires". */
export function timeToLiveWords(value: TimeToLive): string {
  if (value === 'inherit') return 'Inherited'
  if (value === 'never') return 'Never expires'
  const [count, unit] =
    value % DAY_S === 0 ? [value / DAY_S, 'day'] : value % HOUR_S === 0 ? [value / HOUR_S, 'hour'] : [value, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** As a form holds it: which of the three, and the days of the third. */
export type TtlChoice = { kind: 'inherit' | 'never' | 'days'; days: number }

export function choiceOf(value: TimeToLive): TtlChoice {
  if (typeof value !== 'number') return { kind: value, days: 30 }
  return { kind: 'days', days: value / DAY_S }
}

export function timeToLiveOf({ kind, days }: TtlChoice): TimeToLive {
  return kind === 'days' ? Math.max(1, Math.round(days * DAY_S)) : kind
}

import cells from '../ui/cells.module.css'
import { StateBadge } from '../ui/state-badge'
import { Time } from '../ui/time'
import { reasonInWords } from './reasons'

type Shown = { state: string; held: boolean; reason: string | null; attempts: number; nextAttemptAt: string | null }

/** States in which nothing more happens. */
export const ENDED = new Set(['succeeded', 'failed', 'superseded', 'cancelled'])

/** The state of a delivery; beside it why, or when it is tried next. */
export function DeliveryState({ delivery, isBrief = false }: { delivery: Shown; isBrief?: boolean }) {
  const { state, held, reason, attempts, nextAttemptAt } = delivery
  return (
    <span className={isBrief ? undefined : cells.line}>
      <StateBadge
        state={held ? 'held' : state}
        label={held ? 'held' : attempts > 0 && state === 'pending' ? 'retrying' : state}
      />
      {!isBrief && reason !== null && state !== 'succeeded' && (
        <span className={cells.note}>{reasonInWords(reason)}</span>
      )}
      {!isBrief && state === 'pending' && !held && nextAttemptAt !== null && attempts > 0 && (
        <span className={cells.note}>
          {reason !== null && '· '}
          next try <Time at={nextAttemptAt} />
        </span>
      )}
    </span>
  )
}

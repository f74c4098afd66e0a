import { Chip, type ChipColor } from './chip'

/** Every state the product has, in one colour everywhere. */
const COLORS: Record<string, ChipColor> = {
  succeeded: 'green',
  healthy: 'green',
  finished: 'green',
  sending: 'blue',
  running: 'blue',
  pending: 'gray',
  held: 'yellow',
  paused: 'yellow',
  skipped: 'gray',
  superseded: 'gray',
  cancelled: 'gray',
  'never fired': 'gray',
  failed: 'red',
  failing: 'red',
  crashed: 'red',
  open: 'orange',
}

/** A state in its own word and colour; the word alone tells it. */
export function StateBadge({ state, label }: { state: string; label?: string }) {
  return (
    <Chip color={COLORS[state] ?? 'gray'} isWhole>
      {label ?? state}
    </Chip>
  )
}

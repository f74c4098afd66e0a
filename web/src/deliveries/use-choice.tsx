import { useCallback, useMemo } from 'react'
import cells from '../ui/cells.module.css'
import type { Column } from '../ui/data-table'
import type { Delivery } from './deliveries-table'
import { ENDED } from './delivery-state'
import type { Selection } from './selection'

/** The column in which deliveries that have ended are chosen, to be replayed together; none without a `selection`. */
export function useChoice(rows: readonly Delivery[], selection: Selection | undefined): Column<Delivery>[] {
  // Apart from the heading, which depends on all rows: these need not be drawn anew when more of them are read.
  const cell = useCallback(
    ({ id, state, webhook }: Delivery) =>
      selection === undefined ? null : (
        <input
          type="checkbox"
          className={cells.check}
          aria-label={`Choose the delivery to ${webhook.name}`}
          checked={selection.has(id)}
          disabled={!ENDED.has(state)}
          onChange={() => selection.toggle(id)}
        />
      ),
    [selection],
  )
  return useMemo(
    () =>
      selection === undefined
        ? []
        : [{ key: 'choice', width: '40px', header: <ChooseAll rows={rows} selection={selection} />, cell }],
    [rows, selection, cell],
  )
}

function ChooseAll({ rows, selection }: { rows: readonly Delivery[]; selection: Selection }) {
  const ended = rows.filter(({ state }) => ENDED.has(state)).map(({ id }) => id)
  const isAll = ended.length > 0 && ended.every((id) => selection.has(id))
  return (
    <input
      ref={(input) => {
        if (input !== null) input.indeterminate = !isAll && selection.size > 0
      }}
      type="checkbox"
      className={cells.check}
      aria-label="Choose all that have been read"
      checked={isAll}
      disabled={ended.length === 0}
      onChange={() => selection.set(isAll ? [] : ended)}
    />
  )
}

import { measureElement, type ReactVirtualizerOptions, useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Column } from './data-table'
import classes from './data-table.module.css'
import type { List } from './list'
import { useKeptHeights } from './use-kept-heights'

/** Rows from here on are drawn only while they are near the part that is seen. */
const DRAWN_AT_ONCE_MAX = 100
/** A row with one line of text, until a row of the list has been measured. */
const ROW_HEIGHT_PX = 39
const OVERSCAN = 8
/** The next page is asked for when so few rows are left below. */
const AHEAD = 25

type RowsProps<Row> = { label: string; columns: Column<Row>[]; list: List<Row>; rowKey(row: Row): string }

/** The rows of a list; of a long one those that are near the part that is seen. */
export function Rows<Row>({ label, columns, list, rowKey }: RowsProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => {
    setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
  }, [])
  const { rows, hasMore, isLoadingMore, loadMore } = list
  // Also a short one of which there is more: it has to be known how far one has scrolled.
  const isVirtual = hasMore || rows.length > DRAWN_AT_ONCE_MAX
  const { kept, keep } = useKeptHeights(label)
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    ...useMeasuring(kept[0]?.size),
    initialMeasurementsCache: kept,
    overscan: OVERSCAN,
    scrollMargin: offset,
    // At once as high as it will be, so that going back finds the place it was scrolled to.
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    // The same one as long as the rows are: with another all places are reckoned anew.
    getItemKey: useCallback((index: number) => rowKey(rows[index] as Row), [rows, rowKey]),
    enabled: isVirtual,
  })
  useEffect(() => () => keep(virtualizer.takeSnapshot()), [keep, virtualizer])
  const drawn = isVirtual ? virtualizer.getVirtualItems() : undefined
  const lastSeen = drawn === undefined ? undefined : (drawn.at(-1)?.index ?? 0)

  useEffect(() => {
    if (lastSeen !== undefined && lastSeen >= rows.length - AHEAD && hasMore && !isLoadingMore) loadMore()
  }, [lastSeen, rows.length, hasMore, isLoadingMore, loadMore])

  const first = drawn?.[0]
  const last = drawn?.at(-1)
  const above = first === undefined ? 0 : first.start - offset
  const below = isVirtual ? virtualizer.getTotalSize() - (last === undefined ? 0 : last.end - offset) : 0
  return (
    <tbody ref={body}>
      {above > 0 && <Spacer height={above} />}
      {(drawn ?? rows.map((_, index) => ({ index, key: rowKey(rows[index] as Row) }))).map(({ index, key }) => (
        <Drawn
          key={String(key)}
          row={rows[index] as Row}
          columns={columns}
          index={index}
          measure={isVirtual ? virtualizer.measureElement : undefined}
        />
      ))}
      {below > 0 && <Spacer height={below} />}
    </tbody>
  )
}

type Measuring = Required<Pick<ReactVirtualizerOptions<Window, HTMLTableRowElement>, 'measureElement' | 'estimateSize'>>

/** Takes rows that have not been seen for as high as the first one that was. */
function useMeasuring(known: number | undefined): Measuring {
  const height = useRef(known)
  return {
    estimateSize: () => height.current ?? ROW_HEIGHT_PX,
    measureElement: (element, entry, virtualizer) => {
      const measured = measureElement(element, entry, virtualizer)
      height.current ??= measured
      return measured
    },
  }
}

type DrawnProps<Row> = {
  row: Row
  columns: Column<Row>[]
  index: number
  /** Of lists that are drawn in part. */
  measure: ((element: HTMLTableRowElement | null) => void) | undefined
}

/** One row. Drawn anew only when it has changed itself, not whenever the list scrolls or has more rows. */
const Drawn = memo(
  function Drawn<Row>({ row, columns, index, measure }: DrawnProps<Row>) {
    return (
      <tr data-index={index} ref={measure} aria-rowindex={measure === undefined ? undefined : index + 2}>
        {columns.map((column) => (
          <td key={column.key} className={cellClass(column, column === columns[0])}>
            {column.cell(row)}
          </td>
        ))}
      </tr>
    )
  },
  (before, after) =>
    before.row === after.row &&
    before.index === after.index &&
    before.measure === after.measure &&
    before.columns.length === after.columns.length &&
    before.columns.every(({ key, cell }, n) => cell === after.columns[n]?.cell && key === after.columns[n]?.key),
) as <Row>(props: DrawnProps<Row>) => ReactNode

/** What a cell, or a heading, of a column looks like. */
export function cellClass(
  { align, isExtra, width }: Pick<Column<never>, 'align' | 'isExtra' | 'width'>,
  isFirst = false,
): string | undefined {
  // The first column names the row, unless it is as wide as it is told to be.
  const isName = isFirst && (width === undefined || width.endsWith('%'))
  const names = [align === 'right' && classes.right, isExtra && classes.extra, isName && classes.name]
  return names.filter(Boolean).join(' ') || undefined
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden className={classes.spacer}>
      <td style={{ height }} />
    </tr>
  )
}

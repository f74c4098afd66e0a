import { Box, Button, Skeleton, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type CSSProperties, memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import classes from './data-table.module.css'
import type { List } from './list'
import { ProblemAlert } from './problem-alert'
import { useKeptHeights } from './use-kept-heights'

export type Column<Row> = {
  key: string
  header: ReactNode
  cell(row: Row): ReactNode
  /** Such as `120px` or `30%`; without one the column takes what is left. */
  width?: string
  align?: 'right'
  /** Not shown where the screen is narrow: what one can do without. */
  isExtra?: boolean
  /** What the list is ordered by when this column's heading is pressed. */
  order?: string
}

/** By which column's `order` the list is sorted. */
export type Order = { by: string; isDescending: boolean; onChange(by: string, isDescending: boolean): void }

/** Rows from here on are drawn only while they are near the part that is seen. */
const DRAWN_AT_ONCE_MAX = 100
const ROW_HEIGHT_PX = 45
const OVERSCAN = 12
/** The next page is asked for when so few rows are left below. */
const AHEAD = 25
const SKELETON_ROWS = 6

/**
 * Every list of the app: while it loads, when it is empty, when it failed, with a page or with ten thousand rows, more
 * being loaded while one scrolls.
 *
 * - `label`: what is listed, for screen readers.
 * - `empty`: shown instead of a table without rows.
 */
export function DataTable<Row>({
  label,
  columns,
  list,
  rowKey,
  empty,
  order,
}: {
  label: string
  columns: Column<Row>[]
  list: List<Row>
  rowKey(row: Row): string
  empty: ReactNode
  order?: Order
}) {
  if (list.error !== null && list.rows.length === 0) return <ProblemAlert error={list.error} onRetry={list.retry} />
  if (!list.isPending && list.rows.length === 0) return <>{empty}</>
  return (
    <Box>
      <News list={list} />
      <Box className={classes.frame} aria-busy={list.isPending}>
        <Table className={classes.table} verticalSpacing={8} horizontalSpacing="sm" highlightOnHover aria-label={label}>
          <colgroup>
            {columns.map(({ key, width, isExtra }) => (
              <col
                key={key}
                style={{ '--width': width } as CSSProperties}
                className={isExtra ? classes.extra : undefined}
                data-share={width?.endsWith('%') || undefined}
              />
            ))}
          </colgroup>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} order={order} />
              ))}
            </Table.Tr>
          </Table.Thead>
          {list.isPending ? (
            <Loading columns={columns} />
          ) : (
            <Rows label={label} columns={columns} list={list} rowKey={rowKey} />
          )}
        </Table>
        <Footer list={list} />
      </Box>
    </Box>
  )
}

function Heading<Row>({ column, order }: { column: Column<Row>; order: Order | undefined }) {
  const { header, align, isExtra, order: by } = column
  const isSorted = order !== undefined && by !== undefined && order.by === by
  const Arrow = order?.isDescending ? IconArrowDown : IconArrowUp
  const words = header === '' ? <VisuallyHidden>Actions</VisuallyHidden> : header
  const sorting = isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined
  return (
    <Table.Th scope="col" ta={align} className={isExtra ? classes.extra : undefined} aria-sort={sorting}>
      {by === undefined || order === undefined ? (
        words
      ) : (
        <UnstyledButton
          className={classes.sort}
          onClick={() => order.onChange(by, isSorted ? !order.isDescending : false)}
        >
          {words}
          {isSorted && <Arrow size={14} aria-hidden />}
        </UnstyledButton>
      )}
    </Table.Th>
  )
}

function Loading<Row>({ columns }: { columns: Column<Row>[] }) {
  return (
    <Table.Tbody>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same, and never change places
        <Table.Tr key={row}>
          {columns.map(({ key, isExtra }) => (
            <Table.Td key={key} className={isExtra ? classes.extra : undefined}>
              <Skeleton height={14} my={4} width={`${60 + ((row * 17) % 35)}%`} />
              <VisuallyHidden>Loading</VisuallyHidden>
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </Table.Tbody>
  )
}

type RowsProps<Row> = { label: string; columns: Column<Row>[]; list: List<Row>; rowKey(row: Row): string }

function Rows<Row>({ label, columns, list, rowKey }: RowsProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null)
  const heights = useKeptHeights(label)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => {
    setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
  }, [])
  const { rows, hasMore, isLoadingMore, loadMore } = list
  // Also a short one of which there is more: it has to be known how far one has scrolled.
  const isVirtual = hasMore || rows.length > DRAWN_AT_ONCE_MAX
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT_PX,
    initialMeasurementsCache: heights.kept,
    overscan: OVERSCAN,
    scrollMargin: offset,
    // At once as high as it will be, so that going back finds the place it was scrolled to.
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    getItemKey: (index) => rowKey(rows[index] as Row),
    enabled: isVirtual,
  })
  const { keep } = heights
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
    <Table.Tbody ref={body}>
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
    </Table.Tbody>
  )
}

type DrawnProps<Row> = {
  row: Row
  columns: Column<Row>[]
  index: number
  /** Of lists that are drawn in part. */
  measure: ((element: Element | null) => void) | undefined
}

/** One row. Drawn anew only when it has changed itself, not whenever the list scrolls. */
const Drawn = memo(function Drawn<Row>({ row, columns, index, measure }: DrawnProps<Row>) {
  return (
    <Table.Tr data-index={index} ref={measure} aria-rowindex={measure === undefined ? undefined : index + 2}>
      {columns.map((column) => (
        <Table.Td key={column.key} ta={column.align} className={classOf(column, columns)}>
          {column.cell(row)}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}) as <Row>(props: DrawnProps<Row>) => ReactNode

/** What names the row keeps room for a word, also where the screen is narrow. */
function classOf<Row>(column: Column<Row>, columns: Column<Row>[]): string | undefined {
  if (column.isExtra) return classes.extra
  return column === columns[0] && takesWhatIsLeft(column) ? classes.name : undefined
}

function takesWhatIsLeft({ width }: { width?: string }): boolean {
  return width === undefined || width.endsWith('%')
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0, border: 0 }} />
    </tr>
  )
}

/** Above a list that is too long to be read anew by itself; in sight wherever one has scrolled to. */
function News<Row>({ list: { showNewest } }: { list: List<Row> }) {
  function show() {
    // The button goes away: the focus must not be lost with it.
    document.getElementById('main')?.focus({ preventScroll: true })
    window.scrollTo({ top: 0 })
    showNewest?.()
  }
  return (
    <Box className={classes.news} role="status">
      {showNewest !== undefined && (
        <Button size="compact-sm" radius="xl" onClick={show}>
          <IconArrowUp size={14} aria-hidden className={`${classes.dispensable} ${classes.arrow}`} />
          <span>
            New<span className={classes.dispensable}> since you looked</span>: show
          </span>
        </Button>
      )}
    </Box>
  )
}

/** More by a button too: whoever does not scroll, or has a screen taller than a page of rows, gets on as well. */
function Footer<Row>({ list }: { list: List<Row> }) {
  if (list.error !== null && list.rows.length > 0) return <ProblemAlert error={list.error} onRetry={list.retry} />
  if (list.isLoadingMore) {
    return (
      <Text size="sm" c="dimmed" className={classes.more} role="status">
        Loading more…
      </Text>
    )
  }
  if (!list.hasMore) return null
  return (
    <UnstyledButton className={classes.more} onClick={list.loadMore}>
      Show more
    </UnstyledButton>
  )
}

import { Box, Button, Skeleton, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import type { CSSProperties, ReactNode } from 'react'
import classes from './data-table.module.css'
import { cellClass, Rows } from './data-table-rows'
import type { List } from './list'
import { ProblemAlert } from './problem-alert'

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
        <table className={classes.table} aria-label={label}>
          <colgroup>
            {columns.map((column) => (
              <Col key={column.key} column={column} />
            ))}
          </colgroup>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.key} column={column} order={order} />
              ))}
            </tr>
          </thead>
          {list.isPending ? (
            <Loading columns={columns} />
          ) : (
            <Rows label={label} columns={columns} list={list} rowKey={rowKey} />
          )}
        </table>
        <Footer list={list} />
      </Box>
    </Box>
  )
}

/** A share of the width is one of all columns, and means nothing where some are left out. */
function Col<Row>({ column: { width, isExtra } }: { column: Column<Row> }) {
  const isShare = width?.endsWith('%') === true
  return <col className={isExtra ? classes.extra : isShare ? classes.share : undefined} style={widthOf(width)} />
}

function widthOf(width: string | undefined): CSSProperties | undefined {
  return width === undefined ? undefined : ({ '--column-width': width } as CSSProperties)
}

function Heading<Row>({ column, order }: { column: Column<Row>; order: Order | undefined }) {
  const { header, align, isExtra, order: by } = column
  const isSorted = order !== undefined && by !== undefined && order.by === by
  const Arrow = order?.isDescending ? IconArrowDown : IconArrowUp
  const words = header === '' ? <VisuallyHidden>Actions</VisuallyHidden> : header
  const sorting = isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" className={cellClass({ align, isExtra })} aria-sort={sorting}>
      {by === undefined || order === undefined ? (
        words
      ) : (
        <UnstyledButton
          className={classes.sort}
          onClick={() => order.onChange(by, isSorted ? !order.isDescending : false)}
        >
          {header}
          {isSorted && <Arrow size={14} aria-hidden />}
        </UnstyledButton>
      )}
    </th>
  )
}

function Loading<Row>({ columns }: { columns: Column<Row>[] }) {
  return (
    <tbody>
      {Array.from({ length: SKELETON_ROWS }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same, and never change places
        <tr key={row}>
          {columns.map(({ key, isExtra }) => (
            <td key={key} className={cellClass({ isExtra })}>
              <Skeleton height={14} width={`${60 + ((row * 17) % 35)}%`} />
              <VisuallyHidden>Loading</VisuallyHidden>
            </td>
          ))}
        </tr>
      ))}
    </tbody>
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

import { type FilterFields, parseListFilter } from '../artifacts/list-filter.ts'
import { type ListOrder, parseListOrder } from '../artifacts/list-order.ts'
import type { ListFilter } from '../runtime/list-filter.ts'
import type { RunState } from './run.ts'

/** What lists of runs are filtered and ordered by, under the names that clients have for it. */

export type RunField =
  | 'id'
  | 'name'
  | 'displayName'
  | 'state'
  | 'created'
  | 'heartbeat'
  | 'updated'
  | 'duration'
  | 'group'
  | 'jobType'
  | 'host'
  | 'tag'
  | 'username'
  | 'sweep'
  | 'notes'
  | 'description'
  | 'config'
  | 'summary'

export type RunFilter = ListFilter<RunField>
/** `path`: into config or summary, whose numbers it then is by. */
export type RunOrder = ListOrder<RunField> & { path: readonly string[] }

const FIELDS: FilterFields<RunField> = {
  name: { field: 'name', type: 'text' },
  display_name: { field: 'displayName', type: 'text' },
  state: { field: 'state', type: 'text' },
  created_at: { field: 'created', type: 'time' },
  heartbeat_at: { field: 'heartbeat', type: 'time' },
  updated_at: { field: 'updated', type: 'time' },
  duration: { field: 'duration', type: 'number' },
  group: { field: 'group', type: 'text' },
  group_name: { field: 'group', type: 'text' },
  job_type: { field: 'jobType', type: 'text' },
  host: { field: 'host', type: 'text' },
  tags: { field: 'tag', type: 'label' },
  username: { field: 'username', type: 'text' },
  user: { field: 'username', type: 'text' },
  sweep: { field: 'sweep', type: 'text' },
  notes: { field: 'notes', type: 'text' },
  description: { field: 'description', type: 'text' },
  config: { field: 'config', type: 'metadata' },
  summary_metrics: { field: 'summary', type: 'metadata' },
  summary: { field: 'summary', type: 'metadata' },
}

const camel = (name: string) => name.replaceAll(/_[a-z]/g, (pair) => pair.charAt(1).toUpperCase())
const FILTERS: FilterFields<RunField> = Object.fromEntries(
  Object.entries(FIELDS).flatMap(([name, field]) => [
    [name, field],
    [camel(name), field],
  ]),
)

/**
 * The filter as the client writes it, such as `{"config.lr": {"$lt": 0.1}, "state": "finished"}`; `undefined` without one.
 *
 * @throws Refusal `invalid_request` | `not_supported`
 */
export function parseRunFilter(text: string | null | undefined): RunFilter | undefined {
  const filter = parseListFilter(text, FILTERS)
  return filter === undefined ? undefined : intoConfig(filter)
}

/** A config keeps its values beside what describes them: `lr` is at `lr.value`. Clients write both. */
function intoConfig(filter: RunFilter): RunFilter {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return { ...filter, of: filter.of.map(intoConfig) }
    case 'not':
      return { ...filter, of: intoConfig(filter.of) }
    default:
      return filter.field === 'config' ? { ...filter, path: configPath(filter.path) } : filter
  }
}

function configPath([key = '', ...inside]: readonly string[]): string[] {
  return [key, 'value', ...(inside[0] === 'value' ? inside.slice(1) : inside)]
}

const ORDERS = {
  name: { field: 'name', type: 'text' },
  display_name: { field: 'displayName', type: 'text' },
  heartbeat_at: { field: 'heartbeat', type: 'number' },
  updated_at: { field: 'updated', type: 'number' },
  duration: { field: 'duration', type: 'number' },
  // Ids are given in the order of creation.
  created_at: { field: 'id', type: 'number' },
} as const

/**
 * The order as the client writes it, such as `-created_at`, `+config.lr.value` or `-summary_metrics.loss`; the oldest
 * first without one.
 *
 * @throws Refusal `not_supported`
 */
export function parseRunOrder(text: string | null | undefined): RunOrder {
  const [, sign, document, path] =
    /^([+-]?)(config|summary_metrics|summaryMetrics|summary)\.(.+)$/s.exec(text ?? '') ?? []
  if (document !== undefined && path !== undefined) {
    const keys = path.split('.')
    return {
      field: document === 'config' ? 'config' : 'summary',
      type: 'float',
      direction: sign === '-' ? 'desc' : 'asc',
      path: document === 'config' ? configPath(keys) : keys,
    }
  }
  const order = parseListOrder<RunField>(text === '+' || text === '-' ? `${text}created_at` : text, ORDERS)
  return { ...(order ?? { field: 'id', type: 'number', direction: 'asc' }), path: [] }
}

/** Runs in this state whose name, display name or notes contain the text, whatever the case of its letters. */
export function runFilterOf(input: { state?: RunState | undefined; text?: string | undefined }): RunFilter | undefined {
  const of: RunFilter[] = []
  if (input.state !== undefined) {
    of.push({ kind: 'compare', field: 'state', path: [], operator: '=', value: input.state })
  }
  if (input.text !== undefined) {
    const pattern = `(?i)${input.text.replaceAll(/[^A-Za-z0-9_\s\u0080-\uffff]/g, '\\$&')}`
    const fields = ['displayName', 'name', 'notes'] as const
    of.push({ kind: 'any', of: fields.map((field) => ({ kind: 'matches', field, path: [], pattern })) })
  }
  return of.length === 0 ? undefined : { kind: 'all', of }
}

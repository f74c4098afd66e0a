import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Comparison, ListFilter } from '../runtime/list-filter.ts'
import type { Engine } from './engine.ts'

/**
 * Where a list finds a field: a column; or, of which there are many, the rows that hold one each, as `from … where …`
 * with the column that holds it.
 */
export type FieldSource =
  | { column: RawBuilder<unknown> }
  | { json: RawBuilder<unknown> }
  | { rows: RawBuilder<unknown>; column: RawBuilder<unknown> }

export type FieldSources<Field extends string> = Readonly<Record<Field, FieldSource>>

/** The condition that rows fulfil which the filter takes. Never null: so `not` means the rest. */
export function filterCondition<Field extends string>(
  filter: ListFilter<Field>,
  sources: FieldSources<Field>,
  engine: Engine,
): RawBuilder<SqlBool> {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const conditions = filter.of.map((each) => filterCondition(each, sources, engine))
      if (conditions.length === 0) return filter.kind === 'all' ? sql`1 = 1` : sql`1 = 0`
      return sql`(${sql.join(conditions, filter.kind === 'all' ? sql` and ` : sql` or `)})`
    }
    case 'not':
      return sql`not ${filterCondition(filter.of, sources, engine)}`
    default: {
      const source = sources[filter.field]
      if ('json' in source) return known(jsonCondition(filter, source.json, engine))
      const condition = columnCondition(filter, source.column, engine)
      if (!('rows' in source)) return known(condition)
      return sql`exists (select 1 ${source.rows} and ${condition})`
    }
  }
}

type Condition = Exclude<ListFilter, { kind: 'all' | 'any' | 'not' }>

function known(condition: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  return sql`coalesce(${condition}, 1 = 0)`
}

function columnCondition(condition: Condition, column: RawBuilder<unknown>, engine: Engine): RawBuilder<SqlBool> {
  switch (condition.kind) {
    case 'compare':
      return sql`${column} ${operatorOf(condition.operator)} ${condition.value}`
    case 'one-of':
      return condition.values.length === 0 ? sql`1 = 0` : sql`${column} in (${sql.join(condition.values)})`
    case 'exists':
      return sql`${column} is not null`
    case 'contains':
      return engine.contains(column, condition.text)
    case 'matches':
      return engine.matches(column, condition.pattern)
    default:
      return condition satisfies never
  }
}

/** A value is only compared with one of its own type. */
function jsonCondition(condition: Condition, json: RawBuilder<unknown>, engine: Engine): RawBuilder<SqlBool> {
  const { path } = condition
  const text = engine.jsonText(json, path)
  const compared = (value: string | number | boolean, operator: Comparison): RawBuilder<SqlBool> => {
    const type = typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean')
    const same = engine.jsonIs(json, path, type)
    if (type !== 'number') return sql`(${same} and ${text} ${operatorOf(operator)} ${String(value)})`
    // No engine promises to look at the type first, unless it is told so.
    return sql`case when ${same} then cast(${text} as numeric) end ${operatorOf(operator)} ${value}`
  }
  switch (condition.kind) {
    case 'compare':
      return compared(condition.value, condition.operator)
    case 'one-of':
      if (condition.values.length === 0) return sql`1 = 0`
      return sql`(${sql.join(
        condition.values.map((value) => compared(value, '=')),
        sql` or `,
      )})`
    case 'exists':
      return sql`${text} is not null`
    case 'contains':
      return sql`(${engine.jsonIs(json, path, 'text')} and ${engine.contains(text, condition.text)})`
    case 'matches':
      return sql`(${engine.jsonIs(json, path, 'text')} and ${engine.matches(text, condition.pattern)})`
    default:
      return condition satisfies never
  }
}

function operatorOf(operator: Comparison): RawBuilder<unknown> {
  return sql.raw(operator)
}

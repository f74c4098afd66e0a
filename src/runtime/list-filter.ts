/**
 * The filters that lists take: conditions on fields as the client writes them, `{"name": {"$regex": "^a"}}`, with
 * `$and`, `$or`, `$nor` and `$not`.
 */
export type ListFilter<Field extends string = string> =
  | { kind: 'all' | 'any'; of: readonly ListFilter<Field>[] }
  | { kind: 'not'; of: ListFilter<Field> }
  | { kind: 'compare'; field: Field; path: Path; operator: Comparison; value: Value }
  | { kind: 'one-of'; field: Field; path: Path; values: readonly Value[] }
  | { kind: 'exists'; field: Field; path: Path }
  | { kind: 'contains'; field: Field; path: Path; text: string }
  | { kind: 'matches'; field: Field; path: Path; pattern: string }

export type Comparison = '=' | '>' | '>=' | '<' | '<='
export type Value = string | number | boolean
/** Into metadata: the names on the way to a value. Empty for everything else. */
export type Path = readonly string[]

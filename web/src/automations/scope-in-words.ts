import type { Schemas } from '../api/client'

/** Kind and name, such as Collection and churn/churn-model. */
export function scopeInWords({ type, entity, project, registry, collection }: Schemas['ShownScope']): [string, string] {
  switch (type) {
    case 'collection':
      return ['Collection', [project?.replace(/^wandb-registry-/, ''), collection].filter(Boolean).join('/') || '—']
    case 'project':
      return ['Project', project ?? '—']
    case 'registry':
      return ['Registry', registry ?? '—']
    case 'entity':
      return ['Everything of', entity]
  }
}

/**
 * Whose an automation is that is listed in a project or registry and watches more than that; `undefined` for others.
 *
 * - `entities`: those that the reader belongs to.
 */
export function originInWords(
  { type, entity }: Pick<Schemas['ShownScope'], 'type' | 'entity'>,
  project: string | null,
  entities: readonly { name: string; kind: string }[],
): string | undefined {
  if (type !== 'entity' || project === null) return undefined
  const kind = entities.find(({ name }) => name === entity)?.kind
  return kind === undefined ? `from ${entity}` : `from ${kind} ${entity}`
}

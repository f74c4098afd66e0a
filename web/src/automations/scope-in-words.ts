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

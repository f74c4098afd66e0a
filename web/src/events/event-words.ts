import type { Schemas } from '../api/client'
import { EVENT_TYPE_LABELS } from './event-types'

type Event = Pick<Schemas['Event'], 'type' | 'subjects' | 'alias' | 'tag' | 'run' | 'metric'>

/** By what something was done. */
export const VIA: Record<Schemas['Event']['actor']['via'], string> = {
  wandb: 'with the wandb client',
  rest: 'over the REST API',
  web: 'in the web app',
  system: 'by itself',
  import: 'by an import',
}

/** An event as the heading of its page, such as "Alias production added to resnet:v3". */
export function eventTitle(event: Event): string {
  const { type, alias, tag, run, metric } = event
  const subject = event.subjects[0]
  const what =
    subject?.collection == null
      ? (run?.displayName ?? subject?.project ?? 'something')
      : subject.version === null
        ? subject.collection
        : `${subject.collection}:${subject.version}`
  switch (type) {
    case 'CREATE_ARTIFACT':
      return `New version ${what}`
    case 'LINK_ARTIFACT':
      return `${what} linked`
    case 'UNLINK_ARTIFACT':
      return `${what} unlinked`
    case 'DELETE_ARTIFACT':
      return `${what} deleted`
    case 'ADD_ARTIFACT_ALIAS':
      return `Alias ${alias} added to ${what}`
    case 'REMOVE_ARTIFACT_ALIAS':
      return `Alias ${alias} removed from ${what}`
    case 'ADD_ARTIFACT_TAG':
    case 'ADD_COLLECTION_TAG':
      return `Tag ${tag} added to ${what}`
    case 'REMOVE_ARTIFACT_TAG':
    case 'REMOVE_COLLECTION_TAG':
      return `Tag ${tag} removed from ${what}`
    case 'RUN_STATE':
      return `Run ${what} is ${run?.state ?? 'in another state'}`
    case 'RUN_METRIC':
    case 'RUN_METRIC_CHANGE':
    case 'RUN_METRIC_ZSCORE':
      return `${metric?.name ?? 'A metric'} of run ${what} met a condition`
    case 'RUN_ALERT':
      return `Alert of run ${what}`
    default:
      return EVENT_TYPE_LABELS[type]
  }
}

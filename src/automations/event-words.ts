import type { Event, EventSubject } from '../events/event.ts'

/** What happened, as a sentence. */
export function eventInWords({ type, snapshot }: Pick<Event, 'type' | 'snapshot'>, subject: EventSubject): string {
  const { actor, alias, tag, run, metric } = snapshot
  const who = actor.username ?? 'The server'
  const project = `${subject.entity}/${subject.project}`
  const collection = `${project}/${subject.collection}`
  const version = `${collection}:v${subject.version}`
  const named = `The run ${run?.displayName} in ${project}`
  switch (type) {
    case 'CREATE_ARTIFACT':
      return `${who} logged ${version}`
    case 'LINK_ARTIFACT':
      return `${who} linked ${version}`
    case 'UNLINK_ARTIFACT':
      return `${who} unlinked ${version}`
    case 'ADD_ARTIFACT_ALIAS':
      return `${who} gave ${version} the alias ${alias}`
    case 'REMOVE_ARTIFACT_ALIAS':
      return `${who} took the alias ${alias} from ${version}`
    case 'ADD_ARTIFACT_TAG':
      return `${who} gave ${version} the tag ${tag}`
    case 'REMOVE_ARTIFACT_TAG':
      return `${who} took the tag ${tag} from ${version}`
    case 'ADD_COLLECTION_TAG':
      return `${who} gave ${collection} the tag ${tag}`
    case 'REMOVE_COLLECTION_TAG':
      return `${who} took the tag ${tag} from ${collection}`
    case 'DELETE_ARTIFACT':
      return `${who} deleted ${version}`
    case 'RUN_ALERT':
      return `${named} sent an alert`
    case 'RUN_STATE':
      return `${named} is ${run?.state}`
    case 'RUN_METRIC':
    case 'RUN_METRIC_CHANGE':
    case 'RUN_METRIC_ZSCORE':
      return `${named}: ${metric?.condition} (${Number(metric?.value.toPrecision(6))}${metric?.step == null ? '' : `, at step ${metric.step}`})`
  }
}

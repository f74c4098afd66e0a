import type { Schemas } from '../api/client'

export type EventType = Schemas['Event']['type']

/** What each type of event is called on screen, in the order in which they are offered. */
export const EVENT_TYPE_LABELS: Record<EventType, string> = {
  CREATE_ARTIFACT: 'New version',
  LINK_ARTIFACT: 'Version linked',
  UNLINK_ARTIFACT: 'Version unlinked',
  ADD_ARTIFACT_ALIAS: 'Alias added',
  REMOVE_ARTIFACT_ALIAS: 'Alias removed',
  ADD_ARTIFACT_TAG: 'Tag added to a version',
  REMOVE_ARTIFACT_TAG: 'Tag removed from a version',
  ADD_COLLECTION_TAG: 'Tag added to a collection',
  REMOVE_COLLECTION_TAG: 'Tag removed from a collection',
  DELETE_ARTIFACT: 'Version deleted',
  RUN_METRIC: 'Run metric',
  RUN_METRIC_CHANGE: 'Run metric changed',
  RUN_METRIC_ZSCORE: 'Run metric out of the ordinary',
  RUN_STATE: 'Run state',
  RUN_ALERT: 'Run alert',
}

export const EVENT_TYPES = Object.keys(EVENT_TYPE_LABELS) as EventType[]

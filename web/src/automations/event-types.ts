import type { Schemas } from '../api/client'

export type EventType = Schemas['ListedAutomation']['event']

export type EventInfo = {
  type: EventType
  /** As W&B calls it. */
  label: string
  /** One sentence for whoever chooses. */
  explanation: string
  group: 'Versions' | 'Aliases' | 'Tags' | 'Links' | 'Runs'
  /** What one such event is about, besides the version: asked for first. */
  about: 'alias' | 'tag' | null
  /** Runs are in projects, and log metrics, come to a state or raise alerts. */
  run: 'state' | 'threshold' | 'change' | 'zscore' | 'alert' | null
}

const ARTIFACT = { about: null, run: null } as const

/** Every event that an automation can wait for, in the order they are offered. */
export const EVENTS: readonly EventInfo[] = [
  {
    ...ARTIFACT,
    type: 'CREATE_ARTIFACT',
    label: 'A new version is created',
    explanation: 'Fires when somebody logs a new version in a collection.',
    group: 'Versions',
  },
  {
    ...ARTIFACT,
    type: 'DELETE_ARTIFACT',
    label: 'A version is deleted',
    explanation: 'Fires when a version is deleted, by a person or because its time is over.',
    group: 'Versions',
  },
  {
    ...ARTIFACT,
    about: 'alias',
    type: 'ADD_ARTIFACT_ALIAS',
    label: 'An alias is added',
    explanation:
      'Fires when a version gets an alias such as “production”, also when the alias moves there from another.',
    group: 'Aliases',
  },
  {
    ...ARTIFACT,
    about: 'alias',
    type: 'REMOVE_ARTIFACT_ALIAS',
    label: 'An alias is removed',
    explanation: 'Fires when a version loses an alias, also because the alias moved on.',
    group: 'Aliases',
  },
  {
    ...ARTIFACT,
    about: 'tag',
    type: 'ADD_ARTIFACT_TAG',
    label: 'A tag is added to a version',
    explanation: 'Fires when a version is tagged, such as “approved”.',
    group: 'Tags',
  },
  {
    ...ARTIFACT,
    about: 'tag',
    type: 'REMOVE_ARTIFACT_TAG',
    label: 'A tag is removed from a version',
    explanation: 'Fires when a version loses a tag.',
    group: 'Tags',
  },
  {
    ...ARTIFACT,
    about: 'tag',
    type: 'ADD_COLLECTION_TAG',
    label: 'A tag is added to a collection',
    explanation: 'Fires when a whole collection is tagged.',
    group: 'Tags',
  },
  {
    ...ARTIFACT,
    about: 'tag',
    type: 'REMOVE_COLLECTION_TAG',
    label: 'A tag is removed from a collection',
    explanation: 'Fires when a whole collection loses a tag.',
    group: 'Tags',
  },
  {
    ...ARTIFACT,
    type: 'LINK_ARTIFACT',
    label: 'A version is linked to a collection',
    explanation: 'Fires when a version is linked, usually into a registry.',
    group: 'Links',
  },
  {
    ...ARTIFACT,
    type: 'UNLINK_ARTIFACT',
    label: 'A version is unlinked',
    explanation: 'Fires when a linked version is taken out of a collection again.',
    group: 'Links',
  },
  {
    type: 'RUN_STATE',
    label: 'A run changes its state',
    explanation: 'Fires when a run starts, finishes or fails; once for each state of a run in 24 hours.',
    group: 'Runs',
    about: null,
    run: 'state',
  },
  {
    type: 'RUN_METRIC',
    label: 'A run metric crosses a threshold',
    explanation: 'Fires when a logged value, or the average of the last so many, is above or below a number.',
    group: 'Runs',
    about: null,
    run: 'threshold',
  },
  {
    type: 'RUN_METRIC_CHANGE',
    label: 'A run metric changes',
    explanation: 'Fires when the last values differ by so much from the values before them.',
    group: 'Runs',
    about: null,
    run: 'change',
  },
  {
    type: 'RUN_METRIC_ZSCORE',
    label: 'A run metric is an outlier',
    explanation: 'Fires when a value is so many standard deviations away from the mean of those before it.',
    group: 'Runs',
    about: null,
    run: 'zscore',
  },
  {
    type: 'RUN_ALERT',
    label: 'A run raises an alert',
    explanation: 'Fires when a script calls run.alert(…), each time.',
    group: 'Runs',
    about: null,
    run: 'alert',
  },
]

const BY_TYPE = new Map(EVENTS.map((event) => [event.type, event]))

export function eventInfo(type: EventType): EventInfo {
  return BY_TYPE.get(type) as EventInfo
}

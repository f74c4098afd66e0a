import type { ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'

/**
 * What the wandb client can read of automations.
 *
 * Its enums and unions are strict: one automation it does not know breaks the whole page it stands on. So lists leave
 * such automations out, by the version the client gives in its `User-Agent`.
 *
 * Source: the generated types of wandb 0.26.0, 0.27.0, 0.28.0, 0.28.2, 0.29.0 and 0.30.0.
 */
export type ClientKnowledge = { eventTypes: readonly EventType[]; scopeKinds: readonly ScopeKind[] }

const SINCE_ALWAYS: EventType[] = [
  'CREATE_ARTIFACT',
  'LINK_ARTIFACT',
  'ADD_ARTIFACT_ALIAS',
  'RUN_METRIC',
  'RUN_METRIC_CHANGE',
  'RUN_METRIC_ZSCORE',
  'RUN_STATE',
]

const SINCE_0_28_0: EventType[] = [
  'UNLINK_ARTIFACT',
  'ADD_ARTIFACT_TAG',
  'REMOVE_ARTIFACT_TAG',
  'ADD_COLLECTION_TAG',
  'REMOVE_COLLECTION_TAG',
]

/** What the newest client knows, and GraphQL can therefore say. The remaining event types are shown by REST only. */
export const NEWEST_CLIENT: ClientKnowledge = {
  eventTypes: [...SINCE_ALWAYS, ...SINCE_0_28_0],
  scopeKinds: ['COLLECTION', 'PROJECT', 'ENTITY'],
}

/** Whatever does not say its version is taken for the newest: it is not the part of the client that reads automations. */
export function knowledgeOf(userAgent: string | null): ClientKnowledge {
  const version = /^W&B Public Client (\d{1,6})\.(\d{1,6})\.(\d{1,6})/.exec(userAgent ?? '')
  if (version === null) return NEWEST_CLIENT
  const atLeast = (...wanted: number[]) => {
    for (const [index, part] of wanted.entries()) {
      const has = Number(version[index + 1])
      if (has !== part) return has > part
    }
    return true
  }
  return {
    eventTypes: atLeast(0, 28, 0) ? NEWEST_CLIENT.eventTypes : SINCE_ALWAYS,
    scopeKinds: atLeast(0, 28, 2) ? NEWEST_CLIENT.scopeKinds : ['COLLECTION', 'PROJECT'],
  }
}

export function canRead(
  knowledge: ClientKnowledge,
  automation: { eventType: EventType; scope: { kind: ScopeKind } },
): boolean {
  return knowledge.eventTypes.includes(automation.eventType) && knowledge.scopeKinds.includes(automation.scope.kind)
}

import type { EventSnapshot, EventSubject } from './event.ts'

/** The entities an event names besides those of its subjects: where its artifact comes from. */
export function originsOf(snapshot: EventSnapshot): string[] {
  const { artifact } = snapshot
  return [artifact?.source, artifact?.run].flatMap((origin) => (origin == null ? [] : [origin.entity]))
}

/**
 * The snapshot as somebody may see it: without the subjects and origins in entities they may not see; `undefined` if
 * no subject is left, for then the event is not theirs to see.
 *
 * - `maySee`: `projectId` is `null` where only the entity is known, as of an origin, which is in no registry.
 * - `entityIds`: the ids of the entities in `originsOf`, by name.
 */
export function visibleSnapshot(
  snapshot: EventSnapshot,
  maySee: (entityId: number, projectId: number | null) => boolean,
  entityIds: ReadonlyMap<string, number>,
): EventSnapshot | undefined {
  const subjects: EventSubject[] = snapshot.subjects.filter((subject) => maySee(subject.entityId, subject.projectId))
  if (subjects.length === 0) return undefined
  const { artifact } = snapshot
  if (artifact === null) return { ...snapshot, subjects }
  const shown = <Origin extends { entity: string }>(origin: Origin | null): Origin | null => {
    const id = origin === null ? undefined : entityIds.get(origin.entity)
    return id !== undefined && maySee(id, null) ? origin : null
  }
  return { ...snapshot, subjects, artifact: { ...artifact, source: shown(artifact.source), run: shown(artifact.run) } }
}

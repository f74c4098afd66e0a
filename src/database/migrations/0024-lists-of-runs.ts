/** The runs of a project in the order in which they were made, of which a list reads a page. No index has the heartbeat: it must change none. */
export function statements(): string[] {
  return ['create index runs_by_age on runs (project_id, id)']
}

/** The runs of a project from the newest, of which a list reads a page. No index has the heartbeat: it must change none. */
export function statements(): string[] {
  return ['create index runs_by_age on runs (project_id, created_at, id)']
}

/** What the doors and other domains do with automations. */
export * from './operations-activity.ts'
export * from './operations-automations.ts'
export * from './operations-executions.ts'
export * from './operations-matching.ts'
export * from './operations-run-events.ts'

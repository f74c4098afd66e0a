/** What the doors and other domains do with runs. */
export * from './operations-alerts.ts'
export * from './operations-events.ts'
export * from './operations-files.ts'
export * from './operations-lookup.ts'
export * from './operations-stream.ts'
export * from './operations-upsert.ts'

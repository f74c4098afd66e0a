/** What the doors and other domains do with events. */
export * from './operations-feed.ts'
export * from './operations-recording.ts'

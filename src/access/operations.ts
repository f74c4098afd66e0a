/** What other domains and the doors use of people and rights. */
export { type AuditEntry, recordAudit } from './operations-audit.ts'
export { authenticate, type Credentials } from './operations-authentication.ts'
export { findEntity, requireEntity, requireEntityById, requireEntityOrDefault } from './operations-entities.ts'
export type { Entity } from './store.ts'

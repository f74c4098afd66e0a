/** What other domains and the doors use of people and rights. */
export { type AuditEntry, recordAudit } from './audit.ts'
export { authenticate, type Credentials } from './authentication.ts'
export { findEntity, requireEntity, requireEntityById, requireEntityOrDefault } from './entities.ts'
export type { Entity } from './store.ts'

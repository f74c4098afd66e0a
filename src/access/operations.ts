/** What other domains and the doors use of people and rights. */

export { acceptAsMember, acceptAsNew } from './operations-accepting.ts'
export {
  type ApiKeyView,
  createApiKey,
  deleteApiKey,
  listApiKeys,
} from './operations-api-keys.ts'
export { type AuditView, lastActors, listAudit, recordAudit } from './operations-audit.ts'
export { authenticate } from './operations-authentication.ts'
export { bootstrap, createAdmin, isSetUp, setUp } from './operations-bootstrap.ts'
export {
  findEntity,
  type GroupKind,
  requireEntity,
  requireEntityOrDefault,
} from './operations-entities.ts'
export {
  createOrganization,
  createTeam,
  deleteGroup,
  type GroupView,
  getGroup,
  listGroups,
} from './operations-groups.ts'
export {
  createInvite,
  forgetEndedInvites,
  type InvitedGroup,
  type InviteView,
  listInvites,
  lookUpInvite,
  revokeInvite,
} from './operations-invites.ts'
export {
  findOwnApiKeys,
  loadAcquaintances,
  loadEntities,
  loadMembers,
  loadMemberships,
  loadUsers,
  loadUsersNamed,
  loadUsersOfEntities,
  lookUpEntity,
  lookUpOrganization,
  type MemberOfEntity,
  type OwnApiKey,
  searchUsers,
  type User,
} from './operations-lookup.ts'
export { createServiceAccount, listMembers, type MemberView, putMember, removeMember } from './operations-members.ts'
export { beginOidc, FLOW_MS_MAX, finishOidc } from './operations-oidc.ts'
export { changeOwnPassword, resetPassword } from './operations-passwords.ts'
export { updateOwnProfile, updateUserProfile } from './operations-profiles.ts'
export {
  authenticateSession,
  endOtherSessions,
  endOwnSession,
  forgetAllSessions,
  forgetEndedSessions,
  listOwnSessions,
  type OpenSession,
  type SessionView,
  signOut,
  type Visitor,
} from './operations-sessions.ts'
export { signIn } from './operations-signing-in.ts'
export {
  createUser,
  deleteUser,
  getUser,
  getViewer,
  listUsers,
  setDefaultEntity,
  type UserView,
} from './operations-users.ts'
export type { Entity } from './store-entities.ts'

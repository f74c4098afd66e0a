import { expect, test } from 'vitest'
import {
  type Caller,
  isSelf,
  lowerRole,
  may,
  type Role,
  registryRole,
  requireRole,
  requireServerAdmin,
  visibleEntityIds,
} from './rights.ts'

const ROLES: Role[] = ['viewer', 'member', 'admin']

function callerWith(changes: Partial<Caller> & { isAdmin?: boolean } = {}): Caller {
  const { isAdmin = false, ...rest } = changes
  return {
    user: { id: 7, username: 'ada', kind: 'person', isAdmin, entityId: 70, defaultEntityId: 70 },
    through: null,
    roles: new Map<number, Role>([[70, 'admin']]),
    registryRoles: new Map(),
    adminEverywhere: false,
    via: 'rest',
    userAgent: null,
    requestId: null,
    cause: null,
    ...rest,
  }
}

test('a role allows what lower roles allow, on its own entity only', () => {
  for (const [held, role] of ROLES.entries()) {
    const caller = callerWith({ roles: new Map([[1, role]]) })
    for (const [asked, other] of ROLES.entries()) {
      expect(may(caller, other, 1)).toBe(asked <= held)
      expect(may(caller, other, 2)).toBe(false)
    }
  }
})

test('who sees nothing is told nothing; who sees but lacks the role is told which one', () => {
  const caller = callerWith({ roles: new Map<number, Role>([[1, 'viewer']]) })
  expect(() => requireRole(caller, 'viewer', 2, 'Team "x"')).toThrow(expect.objectContaining({ code: 'not_found' }))
  expect(() => requireRole(caller, 'admin', 2, 'Team "x"')).toThrow('Team "x" not found')
  expect(() => requireRole(caller, 'admin', 1, 'Team "x"')).toThrow(expect.objectContaining({ code: 'forbidden' }))
  expect(() => requireRole(caller, 'admin', 1, 'Team "x"')).toThrow('"admin", and you are "viewer"')
  requireRole(caller, 'viewer', 1, 'Team "x"')
})

test('an administrator of the server has no right on entities until asking for it', () => {
  const admin = callerWith({ isAdmin: true })
  requireServerAdmin(admin)
  expect(may(admin, 'viewer', 1)).toBe(false)
  expect(visibleEntityIds(admin)).toEqual([70])

  const asking = callerWith({ isAdmin: true, adminEverywhere: true })
  expect(may(asking, 'admin', 1)).toBe(true)
  expect(visibleEntityIds(asking)).toBe('all')

  expect(() => requireServerAdmin(callerWith())).toThrow(expect.objectContaining({ code: 'forbidden' }))
})

test('a service account that acts for a user is not that user', () => {
  expect(isSelf(callerWith(), 7)).toBe(true)
  expect(isSelf(callerWith(), 8)).toBe(false)
  expect(isSelf(callerWith({ through: { userId: 9, username: 'bot' } }), 7)).toBe(false)
})

test('the lower of two roles does not depend on their order', () => {
  for (const [rank, role] of ROLES.entries()) {
    for (const [otherRank, other] of ROLES.entries()) {
      const expected = ROLES[Math.min(rank, otherRank)]
      expect([lowerRole(role, other), lowerRole(other, role)]).toEqual([expected, expected])
    }
  }
})

test.each([
  // In one of the organization everybody keeps what they have there, and a membership adds to it.
  ['viewer', 'PRIVATE', null, 'viewer'],
  ['viewer', 'PRIVATE', 3, 'admin'],
  ['member', 'PRIVATE', 1, 'member'],
  ['admin', 'PRIVATE', 1, 'admin'],
  // A restricted one knows only its members and the administrators.
  ['viewer', 'RESTRICTED', null, null],
  ['member', 'RESTRICTED', null, null],
  ['member', 'RESTRICTED', 1, 'viewer'],
  ['viewer', 'RESTRICTED', 2, 'member'],
  ['admin', 'RESTRICTED', null, 'admin'],
] as const)(
  'a %s of the organization has, in a %s registry with a membership of rank %s, the role %s',
  (role, access, rank, expected) => {
    expect(registryRole(role, access, rank)).toBe(expected)
  },
)

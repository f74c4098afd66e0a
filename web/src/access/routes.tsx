import { type RouteObject, redirect } from 'react-router'

/** Pages that nobody needs to be signed in for. */
export const openAccessRoutes: RouteObject[] = [
  { path: 'login', lazy: async () => ({ Component: (await import('./login-page')).LoginPage }) },
  { path: 'invite', lazy: async () => ({ Component: (await import('./invite-page')).InvitePage }) },
  { path: 'setup', lazy: async () => ({ Component: (await import('./setup-page')).SetupPage }) },
]

const entityAudit = async () => ({ Component: (await import('./audit-page')).EntityAuditPage })

export const accessRoutes: RouteObject[] = [
  { path: 'welcome', lazy: async () => ({ Component: (await import('./welcome-page')).WelcomePage }) },
  { path: 'authorize', lazy: async () => ({ Component: (await import('./authorize-page')).AuthorizePage }) },
  { path: 'account', lazy: async () => ({ Component: (await import('./account-page')).AccountPage }) },
  { path: 'account/api-keys', lazy: async () => ({ Component: (await import('./api-keys-page')).ApiKeysPage }) },
  { path: 'account/sessions', lazy: async () => ({ Component: (await import('./sessions-page')).SessionsPage }) },
  {
    path: 'teams/:entity/members',
    lazy: async () => ({ Component: (await import('./members-page')).TeamMembersPage }),
  },
  {
    path: 'orgs/:entity/members',
    lazy: async () => ({ Component: (await import('./members-page')).OrganizationMembersPage }),
  },
  { path: 'teams/:entity/audit', lazy: entityAudit },
  { path: 'orgs/:entity/audit', lazy: entityAudit },
  {
    path: 'orgs/:entity/teams',
    lazy: async () => ({ Component: (await import('./groups-pages')).OrganizationTeamsPage }),
  },
  {
    path: 'orgs/:entity/registry/:registry/members',
    lazy: async () => ({ Component: (await import('./registry-members-page')).RegistryMembersPage }),
  },
  {
    path: 'admin',
    lazy: async () => ({ Component: (await import('./require-admin')).RequireAdmin }),
    children: [
      { index: true, loader: () => redirect('/admin/users') },
      { path: 'users', lazy: async () => ({ Component: (await import('./users-page')).UsersPage }) },
      {
        path: 'organizations',
        lazy: async () => ({ Component: (await import('./groups-pages')).OrganizationsPage }),
      },
      { path: 'teams', lazy: async () => ({ Component: (await import('./groups-pages')).TeamsPage }) },
      {
        path: 'master-keys',
        lazy: async () => ({ Component: (await import('./master-keys-page')).MasterKeysPage }),
      },
      { path: 'audit', lazy: async () => ({ Component: (await import('./audit-page')).ServerAuditPage }) },
    ],
  },
]

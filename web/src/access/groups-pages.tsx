import { Button } from '@mantine/core'
import { IconAffiliate, IconBuilding, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { useParams } from 'react-router'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { GroupList } from './group-list'
import { NewGroup } from './new-group'
import { useManagement } from './privileges'

const EVERYTHING = { 'use-admin-privileges': 'true' }
const FIRST = { params: { query: { limit: 100 } }, headers: EVERYTHING }

/** All organizations of the server, for its administrators. */
export function OrganizationsPage() {
  const query = $api.useInfiniteQuery('get', '/api/v1/organizations', FIRST, PAGED)
  const [isMaking, setMaking] = useState(false)
  const make = <NewButton label="New organization" onClick={() => setMaking(true)} />
  return (
    <Page title="Organizations" subtitle="All organizations of this server." actions={make}>
      <GroupList
        kind="organization"
        list={pagedList(query)}
        headers={EVERYTHING}
        empty={
          <EmptyState icon={<IconBuilding size={32} aria-hidden />} title="No organizations" action={make}>
            An organization has teams, and registries in which they share what is ready for use.
          </EmptyState>
        }
      />
      <NewGroup kind="organization" isOpen={isMaking} onClose={() => setMaking(false)} />
    </Page>
  )
}

/** All teams of the server, for its administrators. */
export function TeamsPage() {
  const query = $api.useInfiniteQuery('get', '/api/v1/teams', FIRST, PAGED)
  const [isMaking, setMaking] = useState(false)
  const make = <NewButton label="New team" onClick={() => setMaking(true)} />
  return (
    <Page title="Teams" subtitle="All teams of this server." actions={make}>
      <GroupList
        kind="team"
        list={pagedList(query)}
        headers={EVERYTHING}
        hasOrganization
        empty={<NoTeams action={make} />}
      />
      <NewGroup kind="team" isOpen={isMaking} onClose={() => setMaking(false)} />
    </Page>
  )
}

/** The teams of an organization: all for its administrators, else one's own. */
export function OrganizationTeamsPage() {
  const { entity = '' } = useParams()
  const { mayManage, headers } = useManagement(entity)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/teams',
    { params: { query: { organization: entity, limit: 100 } }, headers },
    PAGED,
  )
  const [isMaking, setMaking] = useState(false)
  const make = mayManage && headers === undefined && <NewButton label="New team" onClick={() => setMaking(true)} />
  return (
    <Page
      title="Teams"
      crumbs={useAreaCrumbs()}
      subtitle={mayManage ? 'All teams of the organization.' : 'Your teams in the organization.'}
      actions={make || undefined}
    >
      <GroupList kind="team" list={pagedList(query)} headers={headers} empty={<NoTeams action={make || undefined} />} />
      <NewGroup kind="team" organization={entity} isOpen={isMaking} onClose={() => setMaking(false)} />
    </Page>
  )
}

function NoTeams({ action }: { action: React.ReactNode }) {
  return (
    <EmptyState icon={<IconAffiliate size={32} aria-hidden />} title="No teams" action={action}>
      A team has projects, automations, webhooks and secrets of its own, and members with roles.
    </EmptyState>
  )
}

function NewButton({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
      {label}
    </Button>
  )
}

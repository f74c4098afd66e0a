import { Alert, Button, Group as Row, Stack, Text } from '@mantine/core'
import { IconLink, IconRobot } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { PAGED } from '../api/pages'
import { useViewer } from '../app/session'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { AddMember } from './add-member'
import { type Group, membersKey, readMembers } from './group'
import { NewInvite } from './invite-new'
import { OpenInvites } from './invites'
import { memberColumns } from './member-columns'
import { useManagement } from './privileges'
import { ServiceAccountKeys } from './service-account-keys'
import { NewServiceAccount } from './service-account-new'
import { useMemberChanges } from './use-member-changes'

export function TeamMembersPage() {
  return <Members kind="team" />
}

export function OrganizationMembersPage() {
  return <Members kind="organization" />
}

function Members({ kind }: { kind: Group['kind'] }) {
  const { entity: name = '' } = useParams()
  const viewer = useViewer()
  const { mayManage, headers } = useManagement(name)
  const group = { kind, name, headers }
  const invitedTo = kind === 'team' ? { team: name } : { organization: name }
  const [isMaking, setMaking] = useState(false)
  const [isInviting, setInviting] = useState(false)
  const [keysOf, setKeysOf] = useState<string>()
  const query = useInfiniteQuery({
    queryKey: membersKey(group),
    queryFn: ({ pageParam }) => readMembers(group, pageParam),
    initialPageParam: PAGED.initialPageParam,
    getNextPageParam: PAGED.getNextPageParam,
  })
  const changes = useMemberChanges(group)
  const columns = memberColumns({ ...changes, kind, viewer, mayManage, showKeys: setKeysOf })
  const isStranger = headers !== undefined && viewer.entities.every((entity) => entity.name !== name)
  return (
    <Page
      title="Members"
      crumbs={useAreaCrumbs()}
      subtitle={
        kind === 'team'
          ? 'Who works in this team, and the service accounts that act for it.'
          : 'Who belongs to the organization. Members of its teams are at least viewers here.'
      }
      actions={
        mayManage ? (
          <>
            {kind === 'team' && (
              <Button
                variant="default"
                leftSection={<IconRobot size={16} aria-hidden />}
                onClick={() => setMaking(true)}
              >
                New service account
              </Button>
            )}
            <Button leftSection={<IconLink size={16} aria-hidden />} onClick={() => setInviting(true)}>
              Invite by a link
            </Button>
          </>
        ) : undefined
      }
    >
      <Stack>
        {isStranger && (
          <Alert variant="light" title="You are not a member">
            You manage these members as an administrator of the server. The audit shows it.
          </Alert>
        )}
        {mayManage && <AddMember group={group} />}
        <DataTable
          label="Members"
          columns={columns}
          list={pagedList(query)}
          rowKey={({ username }) => username}
          empty={<EmptyState title="No members">Add somebody by username.</EmptyState>}
        />
        {mayManage && <OpenInvites to={invitedTo} headers={headers} />}
        {!mayManage && (
          <Row>
            <Text size="sm" c="dimmed">
              Administrators of the {kind} add and remove people.
            </Text>
          </Row>
        )}
      </Stack>
      <NewServiceAccount group={group} isOpen={isMaking} onClose={() => setMaking(false)} />
      <NewInvite to={invitedTo} headers={headers} isOpen={isInviting} onClose={() => setInviting(false)} />
      <ServiceAccountKeys username={keysOf} onClose={() => setKeysOf(undefined)} />
    </Page>
  )
}

import { ActionIcon, Badge, Group as Row, Stack, Text, Tooltip } from '@mantine/core'
import { IconUserMinus, IconUsers } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { $api, api } from '../api/client'
import { useViewer, type Viewer } from '../app/session'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { wholeList } from '../ui/list'
import { notifyDone, notifyProblem } from '../ui/notify'
import { Page } from '../ui/page'
import { privilegesFor } from './privileges'
import { AddRegistryMember } from './registry-member-new'
import { MEMBERS_PATH, putRegistryMember, type Registry, type RegistryMember } from './registry-members'
import { type Role, RoleSelect, roleLabel } from './role-select'

/** Users and teams with a role in a registry on top of the one that they have in its organization. */
export function RegistryMembersPage() {
  const { entity = '', registry: name = '' } = useParams()
  const viewer = useViewer()
  const registry = { entity, project: `wandb-registry-${name}`, headers: privilegesFor(viewer, entity) }
  const { headers } = registry
  const path = { entity, project: registry.project }
  const query = $api.useQuery('get', MEMBERS_PATH, { params: { path }, headers })
  const project = $api.useQuery('get', '/api/v1/projects/{entity}/{project}', { params: { path }, headers })
  const mayManage = isAdministrator(viewer, entity, query.data?.items ?? [])
  const isRestricted = project.data?.access === 'RESTRICTED'
  return (
    <Page
      title="Members"
      crumbs={useAreaCrumbs()}
      subtitle={
        isRestricted
          ? 'The registry is restricted: its members and the administrators of the organization see it, nobody else.'
          : 'Everybody in the organization sees this registry. Members get a role in it besides: the higher of the two counts.'
      }
    >
      <Stack>
        {mayManage && <AddRegistryMember registry={registry} />}
        <DataTable
          label="Members"
          columns={useColumns(registry, mayManage)}
          list={wholeList(query, ({ items }) => items)}
          rowKey={({ kind, name }) => `${kind} ${name}`}
          empty={
            <EmptyState icon={<IconUsers size={32} aria-hidden />} title="No members of its own">
              {isRestricted
                ? 'Only administrators of the organization see it so far.'
                : 'What the role in the organization allows is all there is so far. Add who shall link or promote versions here.'}
            </EmptyState>
          }
        />
        {!mayManage && query.data !== undefined && (
          <Text size="sm" c="dimmed">
            Administrators of the registry or of the organization add and remove members.
          </Text>
        )}
      </Stack>
    </Page>
  )
}

function isAdministrator(viewer: Viewer, organization: string, members: RegistryMember[]): boolean {
  const own = viewer.entities.find(({ name }) => name === organization)
  const isMine = ({ kind, name }: RegistryMember) =>
    kind === 'user' ? name === viewer.username : viewer.entities.some((entity) => entity.name === name)
  return viewer.admin || own?.role === 'admin' || members.some((member) => member.role === 'admin' && isMine(member))
}

function useColumns(registry: Registry, mayManage: boolean): Column<RegistryMember>[] {
  const changes = useChanges(registry)
  return [
    {
      key: 'name',
      header: 'Member',
      cell: ({ kind, name }) => (
        <Row gap={8}>
          <Text size="sm" fw={550} component="span">
            {name}
          </Text>
          {kind === 'team' && (
            <Badge variant="light" color="indigo" radius="sm" tt="none">
              team
            </Badge>
          )}
        </Row>
      ),
    },
    {
      key: 'role',
      header: 'Role in the registry',
      width: '170px',
      cell: (member) =>
        mayManage ? (
          <RoleSelect value={member.role} of={member.name} onChange={(role) => changes.changeRole(member, role)} />
        ) : (
          roleLabel(member.role)
        ),
    },
    {
      key: 'remove',
      header: '',
      width: '52px',
      align: 'right',
      cell: (member) =>
        mayManage ? (
          <Tooltip label="Remove">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${member.name}`}
              onClick={() => changes.remove(member)}
            >
              <IconUserMinus size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        ) : null,
    },
  ]
}

function useChanges(registry: Registry) {
  const queryClient = useQueryClient()
  const confirm = useConfirm()
  const readAgain = () => queryClient.invalidateQueries({ queryKey: ['get', MEMBERS_PATH] })

  async function changeRole({ kind, name }: RegistryMember, role: Role): Promise<void> {
    const error = await putRegistryMember(registry, { kind, name, role })
    if (error !== undefined) return notifyProblem(error)
    await readAgain()
    notifyDone(`${name} is now ${roleLabel(role)} here.`)
  }

  async function remove({ kind, name }: RegistryMember): Promise<void> {
    const isSure = await confirm({
      title: `Remove ${name}?`,
      children: `The ${kind} keeps what its role in the organization allows. What was linked stays.`,
      action: 'Remove',
      isDangerous: true,
    })
    if (!isSure) return
    const error = await removeRegistryMember(registry, { kind, name })
    if (error !== undefined) return notifyProblem(error)
    await readAgain()
    notifyDone(`${name} is no member of the registry any more.`)
  }

  return {
    changeRole: (member: RegistryMember, role: Role) => void changeRole(member, role),
    remove: (member: RegistryMember) => void remove(member),
  }
}

async function removeRegistryMember(
  { entity, project, headers }: Registry,
  { kind, name }: Omit<RegistryMember, 'role'>,
): Promise<unknown> {
  const path = { entity, project }
  const { error } =
    kind === 'user'
      ? await api.DELETE('/api/v1/projects/{entity}/{project}/members/users/{username}', {
          params: { path: { ...path, username: name } },
          headers,
        })
      : await api.DELETE('/api/v1/projects/{entity}/{project}/members/teams/{team}', {
          params: { path: { ...path, team: name } },
          headers,
        })
  return error
}

import { Button, Stack, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { $api, api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import { pagedList } from '../ui/list'
import { notifyDone, notifyProblem } from '../ui/notify'
import { Time } from '../ui/time'
import { roleLabel } from './role-select'

type Invite = Schemas['Invite']

/** To what somebody is invited: a team, an organization, or the server alone. */
export type InvitedTo = { team: string } | { organization: string } | Record<string, never>

export const INVITES_KEY = ['get', '/api/v1/invites']

/** The invitations that nobody has accepted yet; nothing at all while there are none. */
export function OpenInvites({ to, headers }: { to: InvitedTo; headers: Record<string, string> | undefined }) {
  const query = $api.useInfiniteQuery('get', '/api/v1/invites', { params: { query: to }, headers }, PAGED)
  const revoke = useRevoke(headers)
  const list = pagedList(query)
  if (list.rows.length === 0) return null
  return (
    <Stack gap="xs" mt="md">
      <Title order={2} size="h3">
        Open invitations
      </Title>
      <DataTable
        label="Open invitations"
        columns={columns((invite) => void revoke(invite))}
        list={list}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Stack>
  )
}

function columns(revoke: (invite: Invite) => void): Column<Invite>[] {
  return [
    { key: 'for', header: 'For', cell: ({ email }) => email ?? 'whoever has the link' },
    {
      key: 'role',
      header: 'Role',
      width: '110px',
      isExtra: true,
      cell: ({ role }) => (role === null ? 'user' : roleLabel(role)),
    },
    { key: 'by', header: 'By', width: '160px', isExtra: true, cell: ({ invitedBy }) => invitedBy.username },
    { key: 'at', header: 'Made', width: '140px', isExtra: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
    { key: 'ends', header: 'Ends', width: '105px', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      key: 'revoke',
      header: '',
      width: '90px',
      align: 'right',
      cell: (invite) => (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => revoke(invite)}
          aria-label={`Revoke the invitation for ${invite.email ?? 'whoever has the link'}`}
        >
          Revoke
        </Button>
      ),
    },
  ]
}

function useRevoke(headers: Record<string, string> | undefined) {
  const confirm = useConfirm()
  const queryClient = useQueryClient()
  return async ({ id }: Invite) => {
    const isSure = await confirm({
      title: 'Revoke this invitation?',
      children: 'Its link stops working at once. Who has joined with another one stays.',
      action: 'Revoke',
      isDangerous: true,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/invites/{id}', { params: { path: { id } }, headers })
    if (error !== undefined) return notifyProblem(error)
    await queryClient.invalidateQueries({ queryKey: INVITES_KEY })
    notifyDone('The invitation is revoked.')
  }
}

import { Button, Stack, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { useViewer } from '../app/session'
import { DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { useUrlState } from '../ui/use-url-state'
import { NewInvite } from './invite-new'
import { OpenInvites } from './invites'
import { ResetPassword } from './reset-password'
import { useUserChanges } from './use-user-changes'
import { userColumns } from './user-columns'
import { NewUser } from './user-new'

const TYPING_MS = 250

/** Everybody who has an account on this server. */
export function UsersPage() {
  const viewer = useViewer()
  const [search, setSearch] = useUrlState('search')
  const [typed, setTyped] = useState(search)
  const tell = useDebouncedCallback((text: string) => setSearch(text.trim()), TYPING_MS)
  const [isMaking, setMaking] = useState(false)
  const [isInviting, setInviting] = useState(false)
  const [resetting, setResetting] = useState<string>()
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/users',
    { params: { query: { limit: 100, ...(search === '' ? {} : { search }) } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  const changes = useUserChanges()
  return (
    <Page
      title="Users"
      subtitle="Everybody with an account on this server, and the service accounts of teams."
      actions={
        <>
          <Button variant="default" onClick={() => setInviting(true)}>
            Invite by a link
          </Button>
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
            New user
          </Button>
        </>
      }
    >
      <Stack>
        <TextInput
          aria-label="Search users"
          placeholder="Search by username, name or e-mail"
          leftSection={<IconSearch size={16} aria-hidden />}
          maw={360}
          value={typed}
          onChange={({ currentTarget }) => {
            setTyped(currentTarget.value)
            tell(currentTarget.value)
          }}
        />
        <DataTable
          label="Users"
          columns={userColumns({ ...changes, viewer, resetPassword: setResetting })}
          list={pagedList(query)}
          rowKey={({ username }) => username}
          empty={
            <EmptyState icon={<IconUsers size={32} aria-hidden />} title="Nobody like that">
              No username, name or e-mail address has “{search}” in it.
            </EmptyState>
          }
        />
        <OpenInvites to={{}} headers={undefined} />
      </Stack>
      <NewUser isOpen={isMaking} onClose={() => setMaking(false)} />
      <NewInvite to={{}} headers={undefined} isOpen={isInviting} onClose={() => setInviting(false)} />
      <ResetPassword username={resetting} onClose={() => setResetting(undefined)} />
    </Page>
  )
}

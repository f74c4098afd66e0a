import { Badge, Button, Group, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { $api, api, type Schemas } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { wholeList } from '../ui/list'
import { notifyDone, notifyProblem } from '../ui/notify'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { browserOf } from './user-agent'

type Session = Schemas['Session']

const METHODS: Record<Session['method'], string> = {
  password: 'Password',
  'api-key': 'API key',
  oidc: 'Single sign-on',
  setup: 'Set-up link',
  invite: 'Invitation',
}

const SESSIONS_KEY = ['get', '/api/v1/viewer/sessions']

export function SessionsPage() {
  const query = $api.useQuery('get', '/api/v1/viewer/sessions')
  const end = useEnd()
  const endOthers = useEndOthers()
  const others = query.data?.items.filter(({ current }) => !current).length ?? 0
  return (
    <Page
      title="Sessions"
      subtitle="Where you are signed in with a browser. End what you do not know, then change your password."
      actions={
        others > 0 ? (
          <Button variant="default" onClick={() => void endOthers(others)}>
            Sign out everywhere else
          </Button>
        ) : undefined
      }
    >
      <DataTable
        label="Sessions"
        list={wholeList(query, ({ items }) => items)}
        rowKey={({ id }) => id}
        columns={columns(end)}
        empty={
          <EmptyState title="No sessions">You are signed in by an API key that is sent with each request.</EmptyState>
        }
      />
    </Page>
  )
}

function columns(end: (session: Session) => void): Column<Session>[] {
  return [
    {
      key: 'browser',
      header: 'Browser',
      cell: ({ userAgent, current }) => (
        <Group gap={8}>
          <Text size="sm" component="span" title={userAgent ?? undefined}>
            {browserOf(userAgent)}
          </Text>
          {current && (
            <Badge variant="light" color="green" radius="sm" tt="none">
              this one
            </Badge>
          )}
        </Group>
      ),
    },
    { key: 'method', header: 'Signed in by', cell: ({ method }) => METHODS[method], width: '150px', isExtra: true },
    { key: 'used', header: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} />, width: '115px' },
    {
      key: 'created',
      header: 'Began',
      cell: ({ createdAt }) => <Time at={createdAt} />,
      width: '140px',
      isExtra: true,
    },
    {
      key: 'expires',
      header: 'Ends at the latest',
      cell: ({ expiresAt }) => <Time at={expiresAt} />,
      width: '150px',
      isExtra: true,
    },
    {
      key: 'end',
      header: '',
      width: '76px',
      align: 'right',
      cell: (session) =>
        session.current ? null : (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => end(session)}
            aria-label={`End the session of ${browserOf(session.userAgent)}`}
          >
            End
          </Button>
        ),
    },
  ]
}

function useEnd() {
  const confirm = useConfirm()
  const queryClient = useQueryClient()
  return async ({ id, userAgent }: Session) => {
    const isSure = await confirm({
      title: 'End this session?',
      children: `${browserOf(userAgent)} is signed out at once.`,
      action: 'End it',
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/viewer/sessions/{id}', { params: { path: { id } } })
    if (error !== undefined) return notifyProblem(error)
    await queryClient.invalidateQueries({ queryKey: SESSIONS_KEY })
    notifyDone('The session has ended.')
  }
}

function useEndOthers() {
  const confirm = useConfirm()
  const queryClient = useQueryClient()
  return async (count: number) => {
    const isSure = await confirm({
      title: 'Sign out everywhere else?',
      children: `${count === 1 ? 'The other session ends' : `All ${count} other sessions end`} at once. This browser stays signed in, and API keys keep working.`,
      action: 'Sign out everywhere else',
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/viewer/sessions')
    if (error !== undefined) return notifyProblem(error)
    await queryClient.invalidateQueries({ queryKey: SESSIONS_KEY })
    notifyDone('You are signed in here alone.')
  }
}

import { Anchor, Button, Center, Loader, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { $api, api, asProblem, type Problem, type Schemas } from '../api/client'
import { beginSession, refreshSession, useSession } from '../app/session'
import { showOnFields } from '../ui/form-problem'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { type NewAccount, NewAccountFields, newAccountBody, useNewAccount } from './new-account-fields'
import { OpenFrame } from './open-frame'
import { roleLabel } from './role-select'

type Invite = Schemas['Invite']

/** What an invitation's link opens: who is signed in joins, everybody else makes an account first. */
export function InvitePage() {
  const [params] = useSearchParams()
  const token = params.get('token') ?? ''
  const session = useSession()
  const invite = $api.useQuery(
    'get',
    '/api/v1/invites/by-token/{token}',
    { params: { path: { token } } },
    { enabled: token !== '', retry: false, staleTime: Number.POSITIVE_INFINITY },
  )
  if (token === '') return <Useless detail="Part of the link is missing." />
  if (invite.error !== null) return <Useless detail={asProblem(invite.error).detail} />
  if (invite.data === undefined || session.data === undefined) {
    return (
      <Center h="60vh">
        <Loader aria-label="Loading" />
      </Center>
    )
  }
  const username = session.data.viewer?.username
  return (
    <OpenFrame title={`Join ${placeOf(invite.data)}`} lead={<Lead invite={invite.data} />}>
      {username === undefined ? (
        <NewAccountForm token={token} invite={invite.data} />
      ) : (
        <JoinAs token={token} username={username} />
      )}
    </OpenFrame>
  )
}

function placeOf({ team, organization }: Pick<Invite, 'team' | 'organization'>): string {
  return team ?? organization ?? 'Tripline'
}

function Lead({ invite }: { invite: Invite }) {
  const { invitedBy, role, expiresAt } = invite
  return (
    <>
      {invitedBy.name ?? invitedBy.username} invites you{role === null ? '' : `, as ${roleLabel(role)}`}. The link is
      for one person, and ends <Time at={expiresAt} />.
    </>
  )
}

function Useless({ detail }: { detail: string }) {
  return (
    <OpenFrame title="This invitation does not work" lead={detail}>
      <Text size="sm">New ones are made on the page of members.</Text>
      <Button component={Link} to="/" variant="default">
        Go to Tripline
      </Button>
    </OpenFrame>
  )
}

function useArrive() {
  const navigate = useNavigate()
  return async ({ team, organization }: Schemas['InviteAccepted']) => {
    notifyDone(`You are in ${placeOf({ team, organization })} now.`)
    const path = team !== null ? `/teams/${team}` : organization !== null ? `/orgs/${organization}` : '/welcome'
    await navigate(path, { replace: true })
  }
}

function JoinAs({ token, username }: { token: string; username: string }) {
  const arrive = useArrive()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  async function join() {
    setBusy(true)
    const { data, error } = await api.POST('/api/v1/invites/by-token/{token}/accept', {
      params: { path: { token } },
      body: {},
    })
    setBusy(false)
    if (data === undefined) return setProblem(asProblem(error))
    await refreshSession()
    await arrive(data)
  }

  async function signOut() {
    await api.DELETE('/api/v1/session')
    await refreshSession()
  }

  return (
    <Stack>
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Button onClick={() => void join()} loading={isBusy}>
        Join as {username}
      </Button>
      <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>
        Not {username}? Sign out and make another account
      </Anchor>
    </Stack>
  )
}

function NewAccountForm({ token, invite }: { token: string; invite: Invite }) {
  const arrive = useArrive()
  const [problem, setProblem] = useState<Problem>()
  const form = useNewAccount(invite.email ?? '')

  async function accept(account: NewAccount) {
    setProblem(undefined)
    const { data, error } = await api.POST('/api/v1/invites/by-token/{token}/accept', {
      params: { path: { token } },
      body: newAccountBody(account),
    })
    if (data === undefined) return setProblem(showOnFields(form, error))
    const session = await api.GET('/api/v1/session')
    if (session.data === undefined) return setProblem(asProblem(session.error))
    await arrive(data)
    beginSession(session.data)
  }

  return (
    <form onSubmit={form.onSubmit(accept)} noValidate>
      <Stack>
        <Text size="sm">
          Do you have an account here?{' '}
          <Anchor
            component={Link}
            to={`/login?next=${encodeURIComponent(`/invite?token=${token}`)}`}
            underline="always"
            inherit
          >
            Sign in, then join with it
          </Anchor>
          . Otherwise make one:
        </Text>
        <NewAccountFields form={form} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Button type="submit" loading={form.submitting}>
          Make the account and join
        </Button>
      </Stack>
    </form>
  )
}

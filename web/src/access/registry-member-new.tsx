import { Autocomplete, Group as Row, SegmentedControl, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, asProblem, type Problem } from '../api/client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { MEMBERS_PATH, putRegistryMember, type Registry, type RegistryMember } from './registry-members'
import { type Role, RoleAndAdd, roleLabel } from './role-select'

const SUGGESTED_MAX = 100
const LIMIT = { limit: 1_000 }

/** Adds a user or a team of the organization to a registry. */
export function AddRegistryMember({ registry }: { registry: Registry }) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({ initialValues: { kind: 'user' as RegistryMember['kind'], name: '', role: 'member' as Role } })
  const { kind, role } = form.values
  const names = useNames(registry)[kind]

  async function add({ kind, name, role }: typeof form.values) {
    setProblem(undefined)
    const error = await putRegistryMember(registry, { kind, name: name.trim(), role })
    if (error !== undefined) {
      const refusal = asProblem(error)
      if (!['not_found', 'membership_invalid'].includes(refusal.code)) return setProblem(refusal)
      return form.setFieldError('name', `No such ${kind} in the organization`)
    }
    form.setFieldValue('name', '')
    await queryClient.invalidateQueries({ queryKey: ['get', MEMBERS_PATH] })
    notifyDone(`${name.trim()} is now ${roleLabel(role)} here.`)
  }

  return (
    <form onSubmit={form.onSubmit(add)}>
      <Stack gap="xs">
        <Row align="flex-start" gap="sm">
          <SegmentedControl
            aria-label="What to add"
            mt={25}
            data={[
              { value: 'user', label: 'User' },
              { value: 'team', label: 'Team' },
            ]}
            value={kind}
            onChange={(value) => form.setValues({ kind: value as RegistryMember['kind'], name: '' })}
          />
          <Autocomplete
            label={kind === 'user' ? 'Username' : 'Team'}
            placeholder={names[0] ?? ''}
            data={names}
            limit={SUGGESTED_MAX}
            autoComplete="off"
            required
            withAsterisk={false}
            flex={{ base: '1 1 100%', sm: '0 1 280px' }}
            {...form.getInputProps('name')}
          />
          <RoleAndAdd role={role} onChange={(value) => form.setFieldValue('role', value)} isBusy={form.submitting} />
        </Row>
        {problem !== undefined && <ProblemAlert error={problem} />}
      </Stack>
    </form>
  )
}

/** Who can be added: those of the organization. */
function useNames({ entity, headers }: Registry): Record<RegistryMember['kind'], string[]> {
  const people = $api.useQuery('get', '/api/v1/organizations/{name}/members', {
    params: { path: { name: entity }, query: LIMIT },
    headers,
  })
  const teams = $api.useQuery('get', '/api/v1/teams', {
    params: { query: { organization: entity, ...LIMIT } },
    headers,
  })
  return {
    user: people.data?.items.map(({ username }) => username) ?? [],
    team: teams.data?.items.map(({ name }) => name) ?? [],
  }
}

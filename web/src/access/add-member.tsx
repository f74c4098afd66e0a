import { Group as Row, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asProblem, type Problem } from '../api/client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { type Group, membersKey, putMember } from './group'
import { type Role, RoleAndAdd, roleLabel } from './role-select'

/** Adds somebody who has an account here, by username. */
export function AddMember({ group }: { group: Group }) {
  const queryClient = useQueryClient()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({ initialValues: { username: '', role: 'member' as Role } })

  async function add({ username, role }: typeof form.values) {
    setProblem(undefined)
    const error = await putMember(group, username.trim(), role)
    if (error !== undefined) {
      const refusal = asProblem(error)
      if (refusal.code !== 'not_found') return setProblem(refusal)
      return form.setFieldError('username', 'Nobody here has this username')
    }
    form.setFieldValue('username', '')
    await queryClient.invalidateQueries({ queryKey: membersKey(group) })
    notifyDone(`${username.trim()} is now ${roleLabel(role)} of ${group.name}.`)
  }

  return (
    <form onSubmit={form.onSubmit(add)}>
      <Stack gap="xs">
        <Row align="flex-start" gap="sm">
          <TextInput
            label="Add by username"
            placeholder="ada"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            flex={{ base: '1 1 100%', sm: '0 1 280px' }}
            {...form.getInputProps('username')}
          />
          <RoleAndAdd
            role={form.values.role}
            onChange={(role) => form.setFieldValue('role', role)}
            isBusy={form.submitting}
          />
        </Row>
        {problem !== undefined && <ProblemAlert error={problem} />}
      </Stack>
    </form>
  )
}

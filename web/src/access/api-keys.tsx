import { ActionIcon, Badge, Button, Code, Group, Select, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconKey, IconTrash } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, api, type Problem, type Schemas } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { showOnFields } from '../ui/form-problem'
import { wholeList } from '../ui/list'
import { notifyDone, notifyProblem } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { EXPIRIES, expiresAt, isPast } from './expiry'
import { KeyOnce } from './key-once'
import { useNewKey } from './use-new-key'

type ApiKey = Schemas['ApiKey']

/** The API keys of a user: made, listed, ended. */
export function ApiKeys({ username }: { username: string }) {
  const query = $api.useQuery('get', '/api/v1/users/{username}/api-keys', { params: { path: { username } } })
  const [made, setMade] = useState<Schemas['NewApiKey']>()
  const remove = useDelete(username)
  const list = wholeList(query, ({ items }) => items.toReversed())
  return (
    <Stack>
      <NewKeyForm username={username} onMade={setMade} />
      {made !== undefined && <KeyOnce key={made.id} apiKey={made.key} of={made.description ?? 'New API key'} />}
      <DataTable
        label="API keys"
        list={list}
        rowKey={({ id }) => id}
        columns={columns(remove)}
        empty={
          <EmptyState icon={<IconKey size={32} aria-hidden />} title="No API keys">
            Programs use a key to act as {username}: the wandb client, scripts, CI.
          </EmptyState>
        }
      />
    </Stack>
  )
}

function columns(remove: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    {
      key: 'description',
      header: 'Key',
      cell: (key) => (
        <Group gap={8} wrap="wrap">
          <Text size="sm" component="span">
            {key.description ?? 'No description'}
          </Text>
          <Code>…{key.hint}</Code>
        </Group>
      ),
    },
    { key: 'used', header: 'Last used', cell: (key) => <Time at={key.lastUsedAt} />, width: '140px', isExtra: true },
    { key: 'created', header: 'Made', cell: (key) => <Time at={key.createdAt} />, width: '140px', isExtra: true },
    { key: 'expires', header: 'Expires', cell: (key) => <Expiry at={key.expiresAt} />, width: '120px' },
    {
      key: 'delete',
      header: '',
      width: '52px',
      align: 'right',
      cell: (key) => (
        <Tooltip label="Delete">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Delete the key ${key.description ?? ''} …${key.hint}`}
            onClick={() => remove(key)}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      ),
    },
  ]
}

function Expiry({ at }: { at: string | null }) {
  if (!isPast(at, Date.now())) return <Time at={at} />
  return (
    <Badge variant="light" color="red" radius="sm" tt="none">
      expired
    </Badge>
  )
}

function useDelete(username: string) {
  const confirm = useConfirm()
  const queryClient = useQueryClient()
  return async (key: ApiKey) => {
    const isSure = await confirm({
      title: 'Delete this API key?',
      children: (
        <>
          What uses <b>{key.description ?? 'it'}</b> (…{key.hint}) stops working at once, and browsers signed in with it
          are signed out. A deleted key does not come back.
        </>
      ),
      action: 'Delete the key',
      isDangerous: true,
    })
    if (!isSure) return
    const { error } = await api.DELETE('/api/v1/users/{username}/api-keys/{id}', {
      params: { path: { username, id: key.id } },
    })
    if (error !== undefined) return notifyProblem(error)
    await queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/users/{username}/api-keys'] })
    notifyDone('The key is deleted.')
  }
}

function NewKeyForm({ username, onMade }: { username: string; onMade(key: Schemas['NewApiKey']): void }) {
  const create = useNewKey()
  const [problem, setProblem] = useState<Problem>()
  const form = useForm({ initialValues: { description: '', expiry: 'never' } })
  const make = ({ description, expiry }: typeof form.values) => {
    setProblem(undefined)
    const ends = expiresAt(expiry, Date.now())
    create.mutate(
      {
        params: { path: { username } },
        body: {
          ...(description.trim() === '' ? {} : { description: description.trim() }),
          ...(ends === undefined ? {} : { expiresAt: ends }),
        },
      },
      {
        onSuccess: (key) => {
          form.reset()
          onMade(key)
        },
        onError: (error) => setProblem(showOnFields(form, error)),
      },
    )
  }
  return (
    <form onSubmit={form.onSubmit(make)}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label="What is it for?"
          placeholder="laptop, nightly training, …"
          maxLength={200}
          flex="1 1 240px"
          {...form.getInputProps('description')}
        />
        <Select
          label="Works for"
          data={EXPIRIES}
          allowDeselect={false}
          w={{ base: '100%', xs: 180 }}
          {...form.getInputProps('expiry')}
        />
        <Button type="submit" loading={create.isPending} leftSection={<IconKey size={16} aria-hidden />}>
          Make an API key
        </Button>
      </Group>
      {problem !== undefined && <ProblemAlert error={problem} />}
    </form>
  )
}

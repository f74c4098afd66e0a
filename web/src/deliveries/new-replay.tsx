import { Alert, Button, Group, Modal, MultiSelect, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { $api, api, type Schemas } from '../api/client'
import { queryClient } from '../app/query-client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { leftOutInWords } from './left-out'
import { fromLocalInput, toLocalInput } from './local-time'
import { type ReplayMode, ReplayModeFields } from './replay'

type Body = Schemas['NewReplay']

const HOUR_MS = 3_600_000
const STATES = ['failed', 'cancelled', 'superseded', 'succeeded']

/** A window of time, what of it, and how: first counted, then sent. */
export function NewReplay({ entity, onClose }: { entity: string; onClose(): void }) {
  const webhooks = $api.useQuery('get', '/api/v1/entities/{entity}/webhooks', {
    params: { path: { entity }, query: { limit: 1000 } },
  })
  const [mode, setMode] = useState<ReplayMode>('as_then')
  const [trial, setTrial] = useState<Schemas['ReplayTrial']>()
  const [problem, setProblem] = useState<unknown>()
  const [busy, setBusy] = useState<'counting' | 'sending'>()
  const [now] = useState(() => Date.now())
  const form = useForm({
    initialValues: {
      from: toLocalInput(new Date(now - HOUR_MS)),
      to: '',
      states: ['failed'],
      webhook: null as string | null,
    },
    validate: {
      from: (from, { to }) => (to !== '' && from >= to ? 'The beginning must be before the end' : null),
      states: (states) => (states.length === 0 ? 'Choose one at least' : null),
    },
    onValuesChange: () => setTrial(undefined),
  })

  const bodyOf = (dryRun: boolean): Body => {
    const { from, to, states, webhook } = form.getValues()
    return {
      window: { from: fromLocalInput(from), ...(to !== '' && { to: fromLocalInput(to) }) },
      filter: { state: states as NonNullable<Body['filter']>['state'], ...(webhook !== null && { webhook }) },
      mode,
      dryRun,
    }
  }

  async function send(dryRun: boolean) {
    if (form.validate().hasErrors) return
    setBusy(dryRun ? 'counting' : 'sending')
    setProblem(undefined)
    const { data, error } = await api.POST('/api/v1/entities/{entity}/replays', {
      params: { path: { entity } },
      body: bodyOf(dryRun),
    })
    setBusy(undefined)
    if (data === undefined) return setProblem(error)
    if ('replayable' in data) return setTrial(data)
    notifyDone('The replay has begun')
    await queryClient.invalidateQueries()
    onClose()
  }

  return (
    <Modal opened onClose={onClose} title="Replay a window" size="lg" centered>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send(trial === undefined)
        }}
      >
        <Stack>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput type="datetime-local" label="Fired from" required {...form.getInputProps('from')} />
            <TextInput
              type="datetime-local"
              label="and before"
              description="Empty: until now"
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              {...form.getInputProps('to')}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <MultiSelect label="What is" data={STATES} {...form.getInputProps('states')} />
            <Select
              label="To the webhook"
              placeholder="Any"
              clearable
              searchable
              data={(webhooks.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
              {...form.getInputProps('webhook')}
            />
          </SimpleGrid>
          <ReplayModeFields mode={mode} onChange={setMode} />
          {problem !== undefined && <ProblemAlert error={problem} />}
          {trial !== undefined && (
            <Alert color={trial.replayable > 0 ? 'indigo' : 'gray'} role="status">
              <Text size="sm">
                {trial.replayable === 0 ? 'Nothing in this window can be sent.' : `${trial.replayable} would be sent.`}
                {!trial.complete && ' The window was too large to be counted whole: there may be more.'}
              </Text>
              {leftOutInWords(trial.leftOut).map((line) => (
                <Text key={line} size="xs">
                  Left out, {line}
                </Text>
              ))}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => void send(true)} loading={busy === 'counting'}>
              Count
            </Button>
            <Button
              onClick={() => void send(false)}
              loading={busy === 'sending'}
              disabled={trial === undefined || trial.replayable === 0}
            >
              {trial === undefined ? 'Replay' : `Replay ${trial.replayable}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

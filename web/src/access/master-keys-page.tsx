import { Alert, Badge, Button, Code, Progress, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { $api, api, asProblem, type Problem, type Schemas } from '../api/client'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { wholeList } from '../ui/list'
import { notifyDone } from '../ui/notify'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'

type MasterKey = Schemas['MasterKey']
type Resealing = { done: number; remaining: number; unreadable: number }

const KEYS_PATH = '/api/v1/master-keys'
const COLORS = { newest: 'green', older: 'gray', missing: 'red' }

/** The keys that seal secrets, and sealing everything anew with the newest. */
export function MasterKeysPage() {
  const query = $api.useQuery('get', KEYS_PATH)
  const { progress, isBusy, problem, reseal } = useResealing()
  const keys = query.data?.items ?? []
  const sealedByOlder = keys.filter(({ status }) => status !== 'newest').reduce((sum, key) => sum + rowsOf(key), 0)
  return (
    <Page
      title="Master keys"
      subtitle="They seal secrets and the URLs of webhooks. The newest seals; older ones only open what they sealed."
      actions={
        sealedByOlder > 0 ? (
          <Button onClick={() => void reseal()} loading={isBusy}>
            Seal everything with the newest key
          </Button>
        ) : undefined
      }
    >
      <Stack>
        {problem !== undefined && <ProblemAlert error={problem} onRetry={() => void reseal()} />}
        {progress !== undefined && <ResealProgress progress={progress} />}
        {keys.some(({ status }) => status === 'missing') && (
          <Alert color="red" variant="light" title="A key is missing">
            This process cannot open what is sealed under it. Put the key back into TRIPLINE_SECRET_KEY.
          </Alert>
        )}
        <DataTable
          label="Master keys"
          columns={COLUMNS}
          list={wholeList(query, ({ items }) => items)}
          rowKey={({ id }) => id}
          empty={<EmptyState title="No master keys" />}
        />
        <Text size="sm" c="dimmed">
          To change the key: put a new one first in <Code>TRIPLINE_SECRET_KEY</Code> of every process, restart them,
          seal everything with it here, then take the old one out.
        </Text>
      </Stack>
    </Page>
  )
}

function rowsOf({ secrets, previousSecrets, webhooks }: MasterKey): number {
  return secrets + previousSecrets + webhooks
}

const COLUMNS: Column<MasterKey>[] = [
  {
    key: 'id',
    header: 'Key',
    cell: (key) => (
      <>
        <Code>{key.id}</Code>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          Secrets {key.secrets}, replaced {key.previousSecrets}, webhooks {key.webhooks}
        </Text>
      </>
    ),
  },
  {
    key: 'status',
    header: 'Status',
    width: '120px',
    cell: ({ status }) => (
      <Badge variant="light" color={COLORS[status]} radius="sm" tt="none">
        {status}
      </Badge>
    ),
  },
  {
    key: 'secrets',
    header: 'Secrets',
    width: '110px',
    align: 'right',
    isExtra: true,
    cell: ({ secrets }) => secrets,
  },
  {
    key: 'previous',
    header: 'Replaced',
    width: '110px',
    align: 'right',
    isExtra: true,
    cell: ({ previousSecrets }) => previousSecrets,
  },
  {
    key: 'webhooks',
    header: 'Webhooks',
    width: '110px',
    align: 'right',
    isExtra: true,
    cell: ({ webhooks }) => webhooks,
  },
  {
    key: 'removable',
    header: 'Can be removed',
    width: '150px',
    isExtra: true,
    cell: ({ status, removable }) => (status === 'newest' ? '' : removable ? 'yes' : 'not yet'),
  },
]

function ResealProgress({ progress: { done, remaining, unreadable } }: { progress: Resealing }) {
  const total = done + remaining
  const percent = total === 0 ? 100 : Math.round((100 * done) / total)
  return (
    <Stack gap={6} role="status">
      <Progress value={percent} aria-label="Sealed anew" />
      <Text size="sm">
        {remaining === 0 ? `Sealed with the newest key: ${done}.` : `${done} of ${total} are sealed anew.`}
        {unreadable > 0 &&
          ` Left as they are, since something else has changed them and they do not open: ${unreadable}. Store these secrets again.`}
      </Text>
    </Stack>
  )
}

/** Asks the server for one batch after another, until nothing is left that can be done. */
function useResealing() {
  const queryClient = useQueryClient()
  const [progress, setProgress] = useState<Resealing>()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()

  async function reseal() {
    setBusy(true)
    setProblem(undefined)
    let done = 0
    for (;;) {
      const { data, error } = await api.POST('/api/v1/master-keys/reseal')
      if (data === undefined) {
        setProblem(asProblem(error))
        break
      }
      done += data.resealed
      setProgress({ done, remaining: data.remaining, unreadable: data.unreadable })
      if (data.remaining === 0 || data.resealed === 0) {
        if (data.remaining === 0 && data.unreadable === 0) notifyDone('Everything is sealed with the newest key.')
        break
      }
    }
    await queryClient.invalidateQueries({ queryKey: ['get', KEYS_PATH] })
    setBusy(false)
  }

  return { progress, isBusy, problem, reseal }
}

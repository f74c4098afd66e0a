import { Button, Modal, Progress, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { api, asProblem } from '../api/client'
import { queryClient } from '../app/query-client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'

export type ReplayMode = 'as_then' | 'as_now'

/** Asks how deliveries are to be sent once more. `onStart` does it. */
export function ReplayModeFields({ mode, onChange }: { mode: ReplayMode; onChange(mode: ReplayMode): void }) {
  return (
    <Radio.Group label="What is sent" value={mode} onChange={(value) => onChange(value as ReplayMode)}>
      <Stack gap="xs" mt="xs">
        <Radio
          value="as_then"
          label="As then"
          description="The same bytes under the same message id: a receiver that has seen it can tell."
        />
        <Radio
          value="as_now"
          label="As now"
          description="Rendered anew by the automation as it is today, under a new message id."
        />
      </Stack>
    </Radio.Group>
  )
}

/** Sends these deliveries once more, one after the other, and tells how far it has come and which it could not. */
export function ReplayModal({ ids, onClose }: { ids: readonly string[]; onClose(replayed: string[]): void }) {
  const [mode, setMode] = useState<ReplayMode>('as_then')
  const [done, setDone] = useState(0)
  const [isRunning, setRunning] = useState(false)
  const [problems, setProblems] = useState<string[]>([])
  const [failure, setFailure] = useState<unknown>()
  const what = ids.length === 1 ? 'this delivery' : `${ids.length} deliveries`

  async function start() {
    setRunning(true)
    setProblems([])
    setFailure(undefined)
    const replayed: string[] = []
    const refused: string[] = []
    let last: unknown
    for (const [index, id] of ids.entries()) {
      const { data, error } = await api.POST('/api/v1/deliveries/{id}/replay', {
        params: { path: { id } },
        body: { mode },
      })
      if (data !== undefined) replayed.push(data.id)
      else {
        refused.push(asProblem(error).detail)
        last = error
      }
      setDone(index + 1)
    }
    setRunning(false)
    await queryClient.invalidateQueries()
    if (refused.length === 0) {
      notifyDone(
        ids.length === 1 ? 'Replayed: a new delivery is on its way' : `${replayed.length} replays are on their way`,
      )
      onClose(replayed)
      return
    }
    setProblems([...new Set(refused)])
    setFailure(last)
  }

  return (
    <Modal opened onClose={() => !isRunning && onClose([])} title={`Send ${what} once more`} centered>
      <Stack>
        <ReplayModeFields mode={mode} onChange={setMode} />
        {failure !== undefined && <ProblemAlert error={failure} />}
        {problems.length > 1 && (
          <Text size="sm" c="dimmed">
            {problems.length} different reasons; the last is shown.
          </Text>
        )}
        {isRunning && ids.length > 1 && (
          <Progress value={(100 * done) / ids.length} aria-label={`${done} of ${ids.length} replayed`} />
        )}
        <Button onClick={() => void start()} loading={isRunning}>
          Replay {what}
        </Button>
      </Stack>
    </Modal>
  )
}

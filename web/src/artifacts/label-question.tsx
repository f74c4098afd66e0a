import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import {
  buttonWords,
  doneWords,
  type LabelChange,
  type Labelled,
  questionOf,
  rehearsed,
  sentenceOf,
} from './label-change'
import { makeLabelChange } from './make-label-change'
import { useRehearsal, WhatFires } from './what-fires'

/** Before an alias or a tag is given, moved or taken: what that would set off. */
export function LabelQuestion({ at, change, close }: { at: Labelled; change: LabelChange | undefined; close(): void }) {
  return (
    <Modal
      opened={change !== undefined}
      onClose={close}
      title={change === undefined ? '' : questionOf(change)}
      size="lg"
      centered
    >
      {change !== undefined && <Before at={at} change={change} close={close} />}
    </Modal>
  )
}

function Before({ at, change, close }: { at: Labelled; change: LabelChange; close(): void }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const rehearsal = useRehearsal(at, rehearsed(change))

  async function confirm() {
    setBusy(true)
    const refused = await makeLabelChange(at, change)
    setBusy(false)
    if (refused !== undefined) return setProblem(refused)
    close()
    notifyDone(doneWords(at, change))
    await refreshArtifacts()
  }

  const moved = rehearsal.data?.events.find(({ previousVersion }) => previousVersion !== null)?.previousVersion
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void confirm()
      }}
    >
      <Stack>
        <Text size="sm">{sentenceOf(at, change, moved?.version)}</Text>
        <WhatFires rehearsal={rehearsal} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isBusy}
            disabled={rehearsal.data === undefined}
            color={change.kind === 'remove' ? 'red.8' : undefined}
            data-autofocus
          >
            {buttonWords(change, moved !== undefined && moved !== null)}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

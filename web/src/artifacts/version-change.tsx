import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../api/client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import { buttonWords, doneWords, type LabelChange, questionOf, rehearsed, sentenceOf } from './label-change'
import type { Version } from './version-page'
import { useRehearsal, WhatFires } from './what-fires'

/** Before an alias or a tag is given, moved or taken: what that would set off. */
export function VersionChange({
  version,
  change,
  close,
}: {
  version: Version
  change: LabelChange | undefined
  close(): void
}) {
  return (
    <Modal
      opened={change !== undefined}
      onClose={close}
      title={change === undefined ? '' : questionOf(change)}
      size="lg"
      centered
    >
      {change !== undefined && <Before version={version} change={change} close={close} />}
    </Modal>
  )
}

function Before({ version, change, close }: { version: Version; change: LabelChange; close(): void }) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const rehearsal = useRehearsal(version, rehearsed(change))

  async function confirm() {
    setBusy(true)
    const refused = await make(version, change)
    setBusy(false)
    if (refused !== undefined) return setProblem(refused)
    close()
    notifyDone(doneWords(version, change))
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
        <Text size="sm">{sentenceOf(version, change, moved?.version)}</Text>
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

/** Makes the change; resolves to why it was refused, or `undefined`. */
export async function make(version: Version, { what, kind, label }: LabelChange): Promise<unknown> {
  const { entity, project, collection } = version
  if (what === 'tag') {
    const path = { entity, project, collection, version: version.version }
    const { error } = await api.PATCH(
      '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}',
      { params: { path }, body: kind === 'add' ? { addTags: [label] } : { deleteTags: [label] } },
    )
    return error
  }
  const params = { path: { entity, project, collection, alias: label } }
  const aliasPath = '/api/v1/projects/{entity}/{project}/collections/{collection}/aliases/{alias}'
  const { error } =
    kind === 'add'
      ? await api.PUT(aliasPath, { params, body: { version: version.version } })
      : await api.DELETE(aliasPath, { params })
  return error
}

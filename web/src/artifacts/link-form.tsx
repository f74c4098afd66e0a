import { Button, Group, Stack, TagsInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type ReactNode, useState } from 'react'
import { useNavigate } from 'react-router'
import { api } from '../api/client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import { refreshArtifacts } from './changes'
import { type CollectionAddress, type VersionAddress, versionPath } from './place'
import { useRehearsal, WhatFires } from './what-fires'

const SETTLED_MS = 250

/**
 * Links a version into a collection, once both are chosen; which automations that fires is seen before.
 *
 * - `children`: where the one or the other is chosen.
 * - `source`, `target`: `undefined` until chosen.
 */
export function LinkForm({
  source,
  target,
  children,
  close,
}: {
  source: VersionAddress | undefined
  target: CollectionAddress | undefined
  children: ReactNode
  close(): void
}) {
  const navigate = useNavigate()
  const [aliases, setAliases] = useState<string[]>([])
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const typed = JSON.stringify([source, target, aliases])
  const [settled] = useDebouncedValue(typed, SETTLED_MS)
  const isComplete = source !== undefined && target !== undefined
  const link = isComplete && settled === typed ? { ...target, aliases } : undefined
  const rehearsal = useRehearsal(source ?? NOTHING, link === undefined ? undefined : { link })

  async function confirm() {
    if (source === undefined || target === undefined) return
    setBusy(true)
    const { data, error } = await api.POST('/api/v1/projects/{entity}/{project}/collections/{collection}/links', {
      params: { path: target },
      body: { source, aliases },
    })
    setBusy(false)
    if (data === undefined) return setProblem(error)
    close()
    await refreshArtifacts()
    notifyDone(`Linked as ${data.collection}:${data.version}`)
    await navigate(versionPath(data))
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (rehearsal.data !== undefined) void confirm()
      }}
    >
      <Stack>
        {children}
        <TagsInput
          label="Aliases there"
          description="Enter adds one. One that another version holds moves. The newest link gets latest by itself."
          value={aliases}
          onChange={setAliases}
          maxTags={100}
        />
        {isComplete && <WhatFires rehearsal={rehearsal} />}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={rehearsal.data === undefined}>
            Link version
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const NOTHING: VersionAddress = { entity: '', project: '', collection: '', version: '' }

import { useState } from 'react'
import { api } from '../api/client'
import { notifyDone, notifyProblem } from '../ui/notify'
import { refreshArtifacts } from './changes'
import { doneWords, type LabelChange, rehearsed } from './label-change'
import { EditableLabels } from './labels'
import { make, VersionChange } from './version-change'
import type { Version } from './version-page'
import { REHEARSAL_PATH } from './what-fires'

type Props = { version: Version; isReadOnly: boolean }

/** The aliases of a version; what adding or taking one would set off is shown before it is done. */
export function VersionAliases({ version, isReadOnly }: Props) {
  const [change, setChange] = useState<LabelChange>()
  return (
    <>
      <EditableLabels
        what="alias"
        values={version.aliases}
        color="indigo"
        isReadOnly={isReadOnly}
        add={(label) => setChange({ what: 'alias', kind: 'add', label })}
        remove={(label) => setChange({ what: 'alias', kind: 'remove', label })}
      />
      <VersionChange version={version} change={change} close={() => setChange(undefined)} />
    </>
  )
}

/** The tags of a version. One that fires nothing is given and taken at once; before any other, what fires is shown. */
export function VersionTags({ version, isReadOnly }: Props) {
  const [change, setChange] = useState<LabelChange>()

  async function consider(wanted: LabelChange): Promise<unknown> {
    const { entity, project, collection } = version
    const { data, error } = await api.POST(REHEARSAL_PATH, {
      params: { path: { entity, project, collection, version: version.version } },
      body: rehearsed(wanted),
    })
    if (data === undefined) return error
    if (data.automations.length > 0) return setChange(wanted)
    const refused = await make(version, wanted)
    if (refused !== undefined) return refused
    notifyDone(doneWords(version, wanted))
    await refreshArtifacts()
  }
  async function remove(label: string): Promise<void> {
    const refused = await consider({ what: 'tag', kind: 'remove', label })
    if (refused !== undefined) notifyProblem(refused)
  }

  return (
    <>
      <EditableLabels
        what="tag"
        values={version.tags}
        isReadOnly={isReadOnly}
        add={(label) => consider({ what: 'tag', kind: 'add', label })}
        remove={remove}
      />
      <VersionChange version={version} change={change} close={() => setChange(undefined)} />
    </>
  )
}

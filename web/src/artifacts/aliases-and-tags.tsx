import { useState } from 'react'
import { notifyDone, notifyProblem } from '../ui/notify'
import { refreshArtifacts } from './changes'
import { doneWords, type LabelChange, type Labelled, rehearsed } from './label-change'
import { LabelQuestion } from './label-question'
import { EditableLabels } from './labels'
import { makeLabelChange } from './make-label-change'
import type { VersionAddress } from './place'
import { rehearse } from './what-fires'

type Props<At> = { at: At; values: readonly string[]; isReadOnly: boolean }

/** The aliases of a version; what adding or taking one would set off is shown before it is done. */
export function Aliases({ at, values, isReadOnly }: Props<VersionAddress>) {
  const [change, setChange] = useState<LabelChange>()
  return (
    <>
      <EditableLabels
        what="alias"
        values={values}
        color="indigo"
        isReadOnly={isReadOnly}
        add={(label) => setChange({ what: 'alias', kind: 'add', label })}
        remove={(label) => setChange({ what: 'alias', kind: 'remove', label })}
      />
      <LabelQuestion at={at} change={change} close={() => setChange(undefined)} />
    </>
  )
}

/** Tags. One that fires nothing is given and taken at once; before any other, what fires is shown. */
export function Tags({ at, values, isReadOnly }: Props<Labelled>) {
  const [change, setChange] = useState<LabelChange>()

  async function consider(wanted: LabelChange): Promise<unknown> {
    const { data, error } = await rehearse(at, rehearsed(wanted))
    if (data === undefined) return error
    if (data.automations.length > 0) return setChange(wanted)
    const refused = await makeLabelChange(at, wanted)
    if (refused !== undefined) return refused
    notifyDone(doneWords(at, wanted))
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
        values={values}
        isReadOnly={isReadOnly}
        add={(label) => consider({ what: 'tag', kind: 'add', label })}
        remove={remove}
      />
      <LabelQuestion at={at} change={change} close={() => setChange(undefined)} />
    </>
  )
}

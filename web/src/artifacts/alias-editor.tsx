import { useState } from 'react'
import { AliasChange } from './alias-change'
import { EditableLabels } from './labels'
import type { Version } from './version-page'

/** What is about to happen to an alias. */
export type Change = { kind: 'add' | 'remove'; alias: string }

/** The aliases of a version; what adding or taking one would set off is shown before it is done. */
export function AliasEditor({ version, isReadOnly }: { version: Version; isReadOnly: boolean }) {
  const [change, setChange] = useState<Change>()
  return (
    <>
      <EditableLabels
        what="alias"
        values={version.aliases}
        color="indigo"
        isReadOnly={isReadOnly}
        add={(alias) => setChange({ kind: 'add', alias })}
        remove={(alias) => setChange({ kind: 'remove', alias })}
      />
      <AliasChange version={version} change={change} close={() => setChange(undefined)} />
    </>
  )
}

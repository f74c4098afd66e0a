import { SegmentedControl, Stack } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { EmptyState } from '../ui/empty-state'
import { useUrlState } from '../ui/use-url-state'
import { JsonTree } from './json-tree'
import { type Json, metadataVariable } from './metadata'
import { MetadataDiff } from './metadata-diff'
import type { Version } from './version-page'

/** The metadata of a version: as a tree, or as what is other than in another version. */
export function MetadataTab({ version }: { version: Version }) {
  const [view, setView] = useUrlState('view', 'tree')
  const metadata = version.metadata as Json
  return (
    <Stack gap="sm" align="stretch">
      <SegmentedControl
        size="xs"
        aria-label="How to look at the metadata"
        w="fit-content"
        data={[
          { value: 'tree', label: 'As it is' },
          { value: 'diff', label: 'What changed' },
        ]}
        value={view === 'diff' ? 'diff' : 'tree'}
        onChange={setView}
      />
      {view === 'diff' ? (
        <MetadataDiff version={version} />
      ) : Object.keys(version.metadata).length === 0 ? (
        <EmptyState icon={<IconListDetails size={32} aria-hidden />} title="No metadata">
          Set it with wandb.Artifact(…, metadata=…) and automations can send it along.
        </EmptyState>
      ) : (
        <div>
          <JsonTree
            label="Metadata"
            value={metadata}
            copyOf={(path) => {
              const text = metadataVariable(path)
              return text === undefined ? undefined : { text, label: `Copy ${text}` }
            }}
          />
        </div>
      )}
    </Stack>
  )
}

import { NavLink } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { useMayCreate } from './may-create'

const NewGroup = lazy(async () => ({ default: (await import('./new-group')).NewGroup }))

/** Makes teams and organizations from the sidebar, for whoever may. */
export function NewGroups() {
  const may = useMayCreate()
  const [kind, setKind] = useState<'team' | 'organization'>()
  const kinds = (['team', 'organization'] as const).filter((kind) => may[kind])
  return (
    <>
      {kinds.map((kind) => (
        <NavLink
          key={kind}
          component="button"
          type="button"
          label={`New ${kind}`}
          c="dimmed"
          py={6}
          leftSection={<IconPlus size={18} stroke={1.6} aria-hidden />}
          style={{ borderRadius: 'var(--mantine-radius-md)' }}
          onClick={() => setKind(kind)}
        />
      ))}
      {kind !== undefined && (
        <Suspense>
          <NewGroup kind={kind} isOpen onClose={() => setKind(undefined)} />
        </Suspense>
      )}
    </>
  )
}

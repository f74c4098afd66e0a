import { Button, Group, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { $api } from '../api/client'
import { PAGED } from '../api/pages'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { DeliveriesTable } from './deliveries-table'
import { ReplayModal } from './replay'
import { useSelection } from './selection'

const PAGE_SIZE = 100

/** What failed and has not been replayed since: the list to empty. */
export function DeadLetters({ entity }: { entity: string }) {
  const selection = useSelection()
  const [isReplaying, setReplaying] = useState(false)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/dead-letters',
    { params: { path: { entity }, query: { limit: PAGE_SIZE } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed">
          Given up, and not replayed since. Mend the cause, then send them once more.
        </Text>
        <Button size="xs" disabled={selection.size === 0} onClick={() => setReplaying(true)}>
          {selection.size === 0 ? 'Replay' : `Replay ${selection.size}`}
        </Button>
      </Group>
      <DeliveriesTable
        list={pagedList(query)}
        selection={selection}
        empty={
          <EmptyState
            icon={<IconCircleCheck size={32} stroke={1.4} color="var(--mantine-color-green-7)" aria-hidden />}
            title="No dead letters"
          >
            Every delivery has arrived, or is still being tried.
          </EmptyState>
        }
      />
      {isReplaying && (
        <ReplayModal
          ids={selection.ids}
          onClose={(replayed) => {
            setReplaying(false)
            if (replayed.length > 0) selection.set([])
          }}
        />
      )}
    </>
  )
}

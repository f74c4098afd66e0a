import { keepPreviousData } from '@tanstack/react-query'
import { $api, type Schemas } from '../api/client'
import { useLiveEvents } from '../api/live'
import { PAGED } from '../api/pages'
import { type List, pagedList } from '../ui/list'

const PAGE_SIZE = 200

/** The projects of an entity, registries among them; live. */
export function useProjects(entity: string): List<Schemas['ListedProject']> {
  useLiveEvents(entity)
  const query = $api.useInfiniteQuery(
    'get',
    '/api/v1/projects/{entity}',
    { params: { path: { entity }, query: { limit: PAGE_SIZE } } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
  return pagedList(query)
}

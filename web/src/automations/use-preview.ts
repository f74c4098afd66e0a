import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, asProblem, type Problem, type Schemas } from '../api/client'
import { secretsOfSettings } from '../webhooks/form-values'
import { useSecrets } from '../webhooks/queries'
import { type CheckedFor, usePayloadProblem } from '../webhooks/use-payload-check'
import { type Draft, requestOf } from './draft'
import { stepProblems } from './step-problems'
import { useUsableWebhooks } from './webhook-choice'

/** What the preview is made of: a version or run that there is, or, where that is empty, an example. */
export type Tried = { project: string; collection: string; version: string; run: string }

export const AN_EXAMPLE: Tried = { project: '', collection: '', version: '', run: '' }

const SETTLE_MS = 300
/** A payload names no more of them. */
const SECRETS_MAX = 102

export type Preview = {
  data: Schemas['PayloadPreview'] | undefined
  /** What the server refuses of the draft. */
  problem: Problem | undefined
  /** Whether it is of the draft as it stands. */
  isCurrent: boolean
}

/** What the draft would send, and what the server has against it, a moment after each change of it. */
export function usePreview(entity: string, draft: Draft, tried: Tried): Preview {
  const { event, scope, action } = stepProblems(draft)
  const isComplete = event.length + scope.length + action.length === 0
  const body = isComplete ? JSON.stringify(previewRequest(draft, tried)) : ''
  const [settled] = useDebouncedValue(body, SETTLE_MS)
  const query = useQuery({
    queryKey: ['preview', entity, settled],
    enabled: settled !== '',
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const { data, error } = await api.POST('/api/v1/entities/{entity}/automations/preview', {
        params: { path: { entity } },
        body: JSON.parse(settled) as Schemas['PayloadPreviewRequest'],
        signal,
      })
      if (data === undefined) throw error
      return data
    },
  })
  // What is wrong with the payload itself is said at once, whatever else is left to do.
  const usable = useUsableWebhooks(entity)
  const secrets = useSecrets(entity)
  const isAlone = !isComplete && draft.action === 'webhook' && !usable.isPending && !secrets.isPending
  const check = usePayloadProblem(entity, {
    payload: isAlone ? draft.payload : '',
    event: draft.event ?? 'ADD_ARTIFACT_ALIAS',
    ...checkedFor(draft, [...secrets.rows.map(({ name }) => name), ...usable.webhooks.flatMap(secretsOfSettings)]),
  })
  if (!isComplete) return { data: undefined, problem: check.problem, isCurrent: true }
  return {
    data: settled === '' || query.error !== null ? undefined : query.data,
    problem: settled === '' || query.error === null ? undefined : asProblem(query.error),
    isCurrent: settled === body && !query.isPlaceholderData && !query.isPending,
  }
}

/** Before a webhook is chosen, a payload may name any secret that one of them could have. */
function checkedFor({ webhook, payload }: Draft, secrets: string[]): CheckedFor {
  if (webhook !== '') return { webhook }
  const names = [...new Set(['ACCESS_TOKEN', ...secrets])]
  return { secrets: names.filter((name) => payload.includes(name)).slice(0, SECRETS_MAX) }
}

function previewRequest(draft: Draft, { project, collection, version, run }: Tried): Schemas['PayloadPreviewRequest'] {
  const { name, ...request } = requestOf(draft)
  const automation = { ...request, name: name === '' ? 'draft' : name }
  const label = draft.filterText === null && draft.label.how === 'exact' ? draft.label.value : ''
  const about = label === '' ? {} : draft.event?.endsWith('TAG') ? { tag: label } : { alias: label }
  if (run !== '') return { automation, at: { project, run }, ...about }
  if (collection === '') return { automation }
  return { automation, at: { project, collection, ...(version === '' ? {} : { version }) }, ...about }
}

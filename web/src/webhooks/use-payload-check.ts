import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { $api, api, asProblem, type Problem, type Schemas } from '../api/client'

/** What a payload is written for: a saved webhook (`webhook`), or settings with these secrets. */
export type CheckedFor = { webhook: string } | { secrets: string[] }

/** Test calls are filled from an example of this. */
export const TEST_EVENT = 'ADD_ARTIFACT_ALIAS'

const SETTLE_MS = 300

export type PayloadCheck = {
  help: Schemas['TemplateVariables'] | undefined
  problem: Problem | undefined
  warnings: Schemas['PayloadCheck']['warnings']
}

/** What the server has to say about a payload a moment after each change of it, and what it may name. */
export function usePayloadCheck(entity: string, payload: string, receiver: CheckedFor): PayloadCheck {
  const { problem, warnings } = usePayloadProblem(entity, { payload, event: TEST_EVENT, ...receiver })
  return { help: useHelp(entity, receiver), problem, warnings }
}

/** What the server has to say about a payload a moment after each change of it; nothing about an empty one. */
export function usePayloadProblem(
  entity: string,
  request: Schemas['PayloadCheckRequest'] & { payload: string },
): Omit<PayloadCheck, 'help'> {
  const isAsked = request.payload.trim() !== ''
  const asked = JSON.stringify(request)
  const [settled] = useDebouncedValue(asked, SETTLE_MS)
  const { data, error } = useQuery({
    queryKey: ['payload check', entity, settled],
    placeholderData: keepPreviousData,
    retry: false,
    enabled: isAsked,
    queryFn: async ({ signal }) => {
      const { data, error } = await api.POST('/api/v1/entities/{entity}/payloads/check', {
        params: { path: { entity } },
        body: JSON.parse(settled) as Schemas['PayloadCheckRequest'],
        signal,
      })
      if (data === undefined) throw error
      return data
    },
  })
  return {
    problem: isAsked && error !== null ? asProblem(error) : undefined,
    warnings: isAsked && error === null && data !== undefined ? data.warnings : NONE,
  }
}

const NONE: [] = []

function useHelp(entity: string, receiver: CheckedFor): Schemas['TemplateVariables'] | undefined {
  const { data } = $api.useQuery('get', '/api/v1/entities/{entity}/template-variables', {
    params: {
      path: { entity },
      query: { event: TEST_EVENT, ...('webhook' in receiver ? { webhook: receiver.webhook } : {}) },
    },
  })
  if (data === undefined || 'webhook' in receiver) return data
  return { ...data, secrets: [...receiver.secrets, ...data.secrets] }
}

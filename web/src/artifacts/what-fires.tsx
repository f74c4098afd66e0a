import { Alert, Anchor, List, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconBolt, IconBoltOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { api, type Problem, type Schemas } from '../api/client'
import { ProblemAlert } from '../ui/problem-alert'
import type { Labelled } from './label-change'
import classes from './names.module.css'
import { firingWords, outcomeWords, toldOnce } from './rehearsal-words'

type Rehearsal = Schemas['ChangeRehearsal']
type Change = Schemas['VersionChange']

const OF_COLLECTION = '/api/v1/projects/{entity}/{project}/collections/{collection}/preview'
const OF_VERSION = '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/preview'

/** Asks what a change would set off, if it were made now. */
export function rehearse({ version, ...path }: Labelled, change: Change, signal?: AbortSignal) {
  if (version !== undefined) {
    return api.POST(OF_VERSION, { params: { path: { ...path, version } }, body: change, signal })
  }
  // A collection has tags, or is deleted; whatever else is asked of one is refused.
  return api.POST(OF_COLLECTION, { params: { path }, body: change as Schemas['CollectionChange'], signal })
}

/** The same, kept up to date; not asked for while there is no `change`. */
export function useRehearsal({ entity, project, collection, version }: Labelled, change: Change | undefined) {
  const at = { entity, project, collection, version }
  return useQuery<Rehearsal, Problem>({
    // As those of other questions to the API are, so that an event which may change the answer has it asked anew.
    queryKey: ['post', version === undefined ? OF_COLLECTION : OF_VERSION, { at, change }],
    queryFn: async ({ signal }) => {
      const { data, error } = await rehearse(at, change as Change, signal)
      if (data === undefined) throw error
      return data
    },
    // What would fire may be another thing in a moment: always asked anew.
    staleTime: 0,
    gcTime: 0,
    enabled: change !== undefined,
    retry: false,
  })
}

/** Says before a change is made which automations it fires; why it would be refused, where it would be. */
export function WhatFires({ rehearsal }: { rehearsal: ReturnType<typeof useRehearsal> }) {
  if (rehearsal.isPending) return <Skeleton height={64} aria-label="Looking which automations would fire" />
  if (rehearsal.data === undefined) {
    const isRefused = rehearsal.error !== null && rehearsal.error.status >= 400 && rehearsal.error.status < 500
    return <ProblemAlert error={rehearsal.error} {...(isRefused ? {} : { onRetry: () => void rehearsal.refetch() })} />
  }
  return <Answer rehearsal={rehearsal.data} />
}

/** The same where nothing else is made of the answer, as among the words of a question. */
export function WhatChangeFires({ version, change }: { version: Labelled; change: Change }) {
  return <WhatFires rehearsal={useRehearsal(version, change)} />
}

function Answer({ rehearsal: { events, automations } }: { rehearsal: Rehearsal }) {
  if (events.length === 0) {
    return (
      <Alert color="gray" variant="light" title="This changes nothing">
        <Text size="sm">It stands like that already, so no automation fires.</Text>
      </Alert>
    )
  }
  if (automations.length === 0) {
    return (
      <Alert color="gray" variant="light" icon={<IconBoltOff aria-hidden />} title="No automation fires">
        <Text size="sm">None that you may see waits for this.</Text>
      </Alert>
    )
  }
  const told = toldOnce(automations)
  return (
    <Stack gap="xs" component="section" aria-label="What fires">
      <Text size="sm" fw={650}>
        {firingWords(told)}
      </Text>
      <List spacing="xs" size="sm" listStyleType="none" center={false}>
        {told.map((automation) => (
          <List.Item key={`${automation.id} ${automation.state}`} icon={<StateIcon state={automation.state} />}>
            {/* No link of the router: questions are asked outside of it. */}
            <Anchor
              href={`/automations/${encodeURIComponent(automation.id)}`}
              target="_blank"
              className={classes.name}
              size="sm"
            >
              {automation.name}
            </Anchor>
            <Text size="sm" c="dimmed">
              {outcomeWords(automation, events)}
            </Text>
          </List.Item>
        ))}
      </List>
    </Stack>
  )
}

function StateIcon({ state }: Pick<Rehearsal['automations'][number], 'state'>) {
  const isFiring = state === 'matched'
  return (
    <ThemeIcon variant="light" color={isFiring ? 'indigo' : 'gray'} size={24}>
      {isFiring ? <IconBolt size={14} aria-hidden /> : <IconBoltOff size={14} aria-hidden />}
    </ThemeIcon>
  )
}

import { Alert, Anchor, List, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconBolt, IconBoltOff } from '@tabler/icons-react'
import { $api, type Schemas } from '../api/client'
import { ProblemAlert } from '../ui/problem-alert'
import classes from './names.module.css'
import type { VersionAddress } from './place'
import { firingWords, outcomeWords } from './rehearsal-words'

type Rehearsal = Schemas['ChangeRehearsal']
export type VersionChange = Schemas['VersionChange']

export const REHEARSAL_PATH = '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/preview'

/** Stands where a change is still to be chosen, and is never sent. */
const NO_CHANGE: VersionChange = { unlink: true }

/** What a change of the version would set off, if it were made now; not asked for while there is no `change`. */
export function useRehearsal(version: VersionAddress, change: VersionChange | undefined) {
  const { entity, project, collection } = version
  return $api.useQuery(
    'post',
    REHEARSAL_PATH,
    {
      params: { path: { entity, project, collection, version: version.version } },
      body: change ?? NO_CHANGE,
    },
    // What would fire may be another thing in a moment: always asked anew.
    { staleTime: 0, gcTime: 0, enabled: change !== undefined, retry: false },
  )
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
export function WhatChangeFires({ version, change }: { version: VersionAddress; change: VersionChange }) {
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
  return (
    <Stack gap="xs" component="section" aria-label="What fires">
      <Text size="sm" fw={650}>
        {firingWords(automations)}
      </Text>
      <List spacing="xs" size="sm" listStyleType="none" center={false}>
        {automations.map((automation) => (
          <List.Item key={`${automation.id} ${automation.event}`} icon={<StateIcon state={automation.state} />}>
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

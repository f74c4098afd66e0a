import { Alert, Button, Group, List, Modal, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconBolt, IconBoltOff } from '@tabler/icons-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { $api, api, type Schemas } from '../api/client'
import { notifyDone } from '../ui/notify'
import { ProblemAlert } from '../ui/problem-alert'
import type { Change } from './alias-editor'
import { refreshArtifacts } from './changes'
import classes from './names.module.css'
import type { Version } from './version-page'

type Rehearsal = Schemas['ChangeRehearsal']

/** Before an alias is given, moved or taken: what that would set off. */
export function AliasChange({
  version,
  change,
  close,
}: {
  version: Version
  change: Change | undefined
  close(): void
}) {
  return (
    <Modal
      opened={change !== undefined}
      onClose={close}
      title={change?.kind === 'remove' ? `Remove the alias ${change.alias}?` : `Give the alias ${change?.alias ?? ''}?`}
      size="lg"
      centered
    >
      {change !== undefined && <Before version={version} change={change} close={close} />}
    </Modal>
  )
}

function Before({ version, change, close }: { version: Version; change: Change; close(): void }) {
  const { entity, project, collection } = version
  const { alias } = change
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const rehearsal = $api.useQuery(
    'post',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions/{version}/preview',
    {
      params: { path: { entity, project, collection, version: version.version } },
      body: change.kind === 'add' ? { addAlias: alias } : { removeAlias: alias },
    },
    // What would fire may be another thing in a moment: always asked anew.
    { staleTime: 0, gcTime: 0 },
  )

  async function confirm() {
    setBusy(true)
    const path = { entity, project, collection, alias }
    const { error } =
      change.kind === 'add'
        ? await api.PUT('/api/v1/projects/{entity}/{project}/collections/{collection}/aliases/{alias}', {
            params: { path },
            body: { version: version.version },
          })
        : await api.DELETE('/api/v1/projects/{entity}/{project}/collections/{collection}/aliases/{alias}', {
            params: { path },
          })
    setBusy(false)
    if (error !== undefined) return setProblem(error)
    close()
    notifyDone(change.kind === 'add' ? `${collection}:${version.version} is ${alias} now` : `${alias} is removed`)
    await refreshArtifacts()
  }

  const moved = rehearsal.data?.events.find(({ previousVersion }) => previousVersion !== null)?.previousVersion
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void confirm()
      }}
    >
      <Stack>
        <Text size="sm">{sentence(version, change, moved?.version)}</Text>
        {rehearsal.isPending ? (
          <Skeleton height={64} aria-label="Looking which automations would fire" />
        ) : rehearsal.data === undefined ? (
          <ProblemAlert error={rehearsal.error} onRetry={() => void rehearsal.refetch()} />
        ) : (
          <WouldFire rehearsal={rehearsal.data} />
        )}
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isBusy}
            disabled={rehearsal.data === undefined}
            color={change.kind === 'remove' ? 'red.8' : undefined}
            data-autofocus
          >
            {change.kind === 'remove'
              ? 'Remove alias'
              : moved === undefined || moved === null
                ? 'Give alias'
                : 'Move alias'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function sentence({ collection, version }: Version, { kind, alias }: Change, from: string | undefined): string {
  const name = `${collection}:${version}`
  if (kind === 'remove') return `${name} is no longer found as ${collection}:${alias}.`
  return from === undefined
    ? `${name} will also be found as ${collection}:${alias}.`
    : `${alias} moves from ${from} to ${version}: whoever asks for ${collection}:${alias} gets ${version}.`
}

function WouldFire({ rehearsal: { events, automations } }: { rehearsal: Rehearsal }) {
  if (events.length === 0) {
    return (
      <Alert color="gray" variant="light" title="This changes nothing">
        <Text size="sm">The alias stands like that already, so no automation fires.</Text>
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
  const firing = automations.filter(({ state }) => state === 'matched').length
  return (
    <Stack gap="xs" component="section" aria-label="What fires">
      <Text size="sm" fw={650}>
        {firing === 0 ? 'Nothing fires' : firing === 1 ? 'One automation fires' : `${firing} automations fire`}
        {firing < automations.length && `, ${automations.length - firing} skipped`}
      </Text>
      <List spacing="xs" size="sm" listStyleType="none" center={false}>
        {automations.map((automation) => (
          <List.Item
            key={`${automation.id} ${automation.event}`}
            icon={
              <ThemeIcon variant="light" color={automation.state === 'matched' ? 'indigo' : 'gray'} size={24}>
                {automation.state === 'matched' ? (
                  <IconBolt size={14} aria-hidden />
                ) : (
                  <IconBoltOff size={14} aria-hidden />
                )}
              </ThemeIcon>
            }
          >
            <Link to={`/automations/${automation.id}`} target="_blank" className={classes.name}>
              {automation.name}
            </Link>
            <Text size="sm" c="dimmed">
              {outcomeWords(automation, events)}
            </Text>
          </List.Item>
        ))}
      </List>
    </Stack>
  )
}

function outcomeWords(automation: Rehearsal['automations'][number], events: Rehearsal['events']): string {
  const because = events[automation.event]?.words ?? ''
  if (automation.state === 'skipped') return `Skipped: ${automation.reason ?? 'it would do nothing'}`
  const { webhook } = automation
  if (webhook === null) return because
  const held = webhook.paused
    ? `, which is paused: it waits until that ends`
    : webhook.circuitOpen
      ? `, which has been failing: it waits until that answers again`
      : ''
  return `Sends to ${webhook.name}${held}. ${because}`
}

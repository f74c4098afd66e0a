import { Alert, Anchor, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { reasonInWords } from '../deliveries/reasons'
import { ProblemAlert } from '../ui/problem-alert'
import { CollectionSelect, ProjectSelect, RunSelect, VersionSelect } from './choices'
import { eventInfo } from './event-types'

type Automation = Schemas['Automation']

/** Runs an automation for a version or run that is chosen, whatever its filter says, and tells what came of it. */
export function RunNow({ automation, isOpen, onClose }: { automation: Automation; isOpen: boolean; onClose(): void }) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={`Run “${automation.name}” now`}>
      <RunForm automation={automation} onClose={onClose} />
    </Modal>
  )
}

function RunForm({ automation, onClose }: { automation: Automation; onClose(): void }) {
  const { scope, event, entity } = automation
  const { about, run: ofRun } = eventInfo(event)
  const isOfCollection = event === 'ADD_COLLECTION_TAG' || event === 'REMOVE_COLLECTION_TAG'
  const [project, setProject] = useState(scope.project ?? '')
  const [collection, setCollection] = useState(scope.collection ?? '')
  const [version, setVersion] = useState('')
  const [run, setRun] = useState('')
  const [label, setLabel] = useState('')
  const queries = useQueryClient()
  const call = $api.useMutation('post', '/api/v1/automations/{id}/run', {
    onSuccess: () => queries.invalidateQueries({ predicate: ({ queryKey }) => isShownBy(String(queryKey[1])) }),
  })
  const isReady =
    project !== '' && (ofRun !== null ? run !== '' : collection !== '' && (isOfCollection || version !== ''))

  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault()
        const at = ofRun !== null ? { project, run } : { project, collection, ...(isOfCollection ? {} : { version }) }
        const labelled = about === null || label === '' ? {} : { [about]: label }
        call.mutate({ params: { path: { id: automation.id } }, body: { at, ...labelled } })
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          As if its event had just happened there. Its filter is not asked, but you are told what it would have said.
        </Text>
        {(scope.type === 'entity' || scope.project === undefined) && (
          <ProjectSelect label="Project" entity={entity} kind="any" value={project} onChange={setProject} required />
        )}
        {ofRun !== null ? (
          <RunSelect
            label="Run"
            entity={entity}
            project={project}
            value={run}
            onChange={setRun}
            required
            data-autofocus
          />
        ) : (
          <>
            {scope.type !== 'collection' && (
              <CollectionSelect
                label="Collection"
                entity={entity}
                project={project}
                value={collection}
                onChange={setCollection}
                required
              />
            )}
            {!isOfCollection && (
              <VersionSelect
                label="Version"
                entity={entity}
                project={project}
                collection={collection}
                value={version}
                onChange={setVersion}
                required
                data-autofocus
              />
            )}
          </>
        )}
        {about !== null && (
          <TextInput
            label={about === 'alias' ? 'Alias' : 'Tag'}
            description="Which one it is about. If empty, one that it has."
            value={label}
            onChange={(change) => setLabel(change.currentTarget.value)}
          />
        )}
        {call.error !== null && <ProblemAlert error={call.error} />}
        {call.data !== undefined && <Outcome answer={call.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {call.data === undefined ? 'Cancel' : 'Close'}
          </Button>
          <Button
            type="submit"
            loading={call.isPending}
            disabled={!isReady}
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
          >
            {call.data === undefined ? 'Run now' : 'Run again'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const isShownBy = (path: string) => path.includes('/automations') || path.includes('/executions')

function Outcome({ answer }: { answer: Schemas['AutomationRunAnswer'] }) {
  const [delivery] = answer.deliveries
  return (
    <Alert
      role="status"
      color={answer.state === 'matched' ? 'green' : 'yellow'}
      title={
        answer.state === 'matched'
          ? 'It has fired'
          : `It was skipped: ${reasonInWords(answer.reason ?? 'nothing to do')}`
      }
    >
      <Stack gap={4}>
        {delivery !== undefined && (
          <Text size="sm">
            <Anchor component={Link} to={`/deliveries/${delivery.id}`} underline="always">
              See its delivery
            </Anchor>{' '}
            to “{delivery.webhook.name}”.
          </Text>
        )}
        {!answer.filterMatches && (
          <Text size="sm">
            By itself it would not have fired: {answer.because.map(({ message }) => message).join('; ')}.
          </Text>
        )}
      </Stack>
    </Alert>
  )
}

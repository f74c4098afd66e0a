import { Alert, Badge, Box, Group, Stack, Table, Tabs, Text } from '@mantine/core'
import { formatBytes } from '../ui/bytes'
import { CodeEditor } from '../ui/code-editor'
import { prettyBody } from '../ui/pretty-body'
import { ProblemAlert } from '../ui/problem-alert'
import { CollectionSelect, ProjectSelect, RunSelect, VersionSelect } from './choices'
import type { PartProps } from './event-step'
import { eventInfo } from './event-types'
import type { Preview, Tried } from './use-preview'

/** What would be sent for a version one picks: body, headers, size; and whether it would fire there at all. */
export function PreviewPanel({
  draft,
  entity,
  preview,
  tried,
  onTry,
}: PartProps & { preview: Preview; tried: Tried; onTry(tried: Tried): void }) {
  const { data, problem, isCurrent } = preview
  return (
    <Stack component="section" gap="xs" miw={0} aria-label="Preview">
      <TryWith draft={draft} entity={entity} tried={tried} onTry={onTry} />
      {data === undefined && problem === undefined && (
        <Text size="sm" c="dimmed">
          What would be sent shows here, once event, scope and webhook are chosen.
        </Text>
      )}
      {problem !== undefined && problem.code !== 'template_invalid' && <ProblemAlert error={problem} />}
      {problem?.code === 'template_invalid' && (
        <Text size="sm" c="dimmed">
          Nothing to show: the payload cannot be read yet.
        </Text>
      )}
      {data !== undefined && (
        <Box aria-busy={!isCurrent}>
          {!data.filterMatches && !data.event.isExample && (
            <Alert
              color="yellow"
              title={`For this ${tried.run === '' ? 'version' : 'run'} it would not fire`}
              p="sm"
              mb="xs"
            >
              {data.because.map(({ message }) => message).join('; ')}
            </Alert>
          )}
          {data.request === null ? (
            <Text size="sm" c="dimmed">
              Nothing is sent.
            </Text>
          ) : (
            <Request request={data.request} isExample={data.event.isExample} />
          )}
        </Box>
      )}
    </Stack>
  )
}

function TryWith({
  draft,
  entity,
  tried,
  onTry,
}: {
  draft: PartProps['draft']
  entity: string
  tried: Tried
  onTry(tried: Tried): void
}) {
  const { scope, event } = draft
  const isRun = event !== null && eventInfo(event).run !== null
  const isOfCollection = event === 'ADD_COLLECTION_TAG' || event === 'REMOVE_COLLECTION_TAG'
  const isBroad = scope.type === 'entity'
  return (
    <Group gap="xs" align="flex-end" role="group" aria-label="Preview with">
      {isBroad && (
        <ProjectSelect
          label="Project"
          placeholder="Any"
          entity={entity}
          kind="any"
          size="xs"
          clearable
          value={tried.project}
          onChange={(project) => onTry({ project, collection: '', version: '', run: '' })}
          w={170}
        />
      )}
      {isRun ? (
        <RunSelect
          label="Preview with the run"
          placeholder="an example"
          entity={entity}
          project={tried.project}
          size="xs"
          clearable
          value={tried.run}
          onChange={(run) => onTry({ ...tried, run })}
          w={230}
        />
      ) : (
        <>
          {scope.type !== 'collection' && (
            <CollectionSelect
              label="Collection"
              placeholder="Any"
              entity={entity}
              project={tried.project}
              size="xs"
              clearable
              value={tried.collection}
              onChange={(collection) => onTry({ ...tried, collection, version: '' })}
              w={190}
            />
          )}
          {!isOfCollection && (
            <VersionSelect
              label="Preview with the version"
              placeholder="an example"
              entity={entity}
              project={tried.project}
              collection={tried.collection}
              size="xs"
              clearable
              value={tried.version}
              onChange={(version) => onTry({ ...tried, version })}
              w={230}
            />
          )}
        </>
      )}
    </Group>
  )
}

type Shown = NonNullable<NonNullable<Preview['data']>['request']>

function Request({ request, isExample }: { request: Shown; isExample: boolean }) {
  const headers = Object.entries(request.headers)
  return (
    <Stack gap="xs">
      {request.problem !== null && (
        <Alert color="red" title="It could not be sent" p="sm" role="alert">
          {request.problem}
        </Alert>
      )}
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="xs" c="dimmed" ff="monospace" truncate title={request.url}>
          POST {request.url}
        </Text>
        <Group gap={6} wrap="nowrap">
          {isExample && (
            <Badge variant="light" color="gray" tt="none" radius="sm">
              an example
            </Badge>
          )}
          <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
            {formatBytes(request.bytes)}
          </Text>
        </Group>
      </Group>
      <Tabs defaultValue="body" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="body">Body</Tabs.Tab>
          <Tabs.Tab value="headers">Headers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="body" pt="xs">
          <CodeEditor
            label="Body as it would be sent"
            isLabelHidden
            value={prettyBody(request.body ?? '')}
            minHeight={260}
            maxHeight={520}
          />
        </Tabs.Panel>
        <Tabs.Panel value="headers" pt="xs">
          <Table aria-label="Headers as they would be sent" verticalSpacing={4} fz="xs" mt={4}>
            <Table.Tbody>
              {headers.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" fw={500} ta="left">
                    {name}
                  </Table.Th>
                  <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                    {value}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

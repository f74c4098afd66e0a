import { Badge, Group, Stack, Table, Tabs, Text } from '@mantine/core'
import { CodeBlock } from './copy'
import { prettyBody } from './pretty-body'
import classes from './response-view.module.css'
import { duration } from './time'
import { type Timing, timingParts } from './timing'

type HeaderValues = Record<string, string | string[]>
export type ShownResponse = { status: number; headers: HeaderValues; body: string; bodyCut?: boolean }

const BODY_HEIGHT_PX = 320

/** What a receiver answered: status, body and headers; and how long each part of it took. `null`: no answer came. */
export function ResponseView({ response, timing }: { response: ShownResponse | null; timing?: Timing | null }) {
  return (
    <Stack gap="sm">
      {response === null ? (
        <Text size="sm" c="dimmed">
          No answer came.
        </Text>
      ) : (
        <>
          <Group gap="xs">
            <StatusBadge status={response.status} />
            {response.bodyCut && (
              <Text size="xs" c="dimmed">
                The body was longer; this is its beginning.
              </Text>
            )}
          </Group>
          <MessageParts label="Answer" headers={response.headers} body={response.body} />
        </>
      )}
      {timing !== undefined && timing !== null && <TimingBar timing={timing} />}
    </Stack>
  )
}

/** The HTTP status of an answer, in the colour of what it says. */
export function StatusBadge({ status }: { status: number }) {
  const color = status < 300 ? 'green' : status < 400 ? 'yellow' : 'red'
  return (
    <Badge variant="light" color={color} radius="sm" tt="none" fw={600}>
      HTTP {status}
    </Badge>
  )
}

/** Body and headers of a request or an answer, in two tabs. `label` says whose they are, for screen readers. */
export function MessageParts({ label, headers, body }: { label: string; headers: HeaderValues; body: string }) {
  const names = Object.keys(headers)
  return (
    <Tabs defaultValue="body" keepMounted={false}>
      <Tabs.List>
        <Tabs.Tab value="body">Body</Tabs.Tab>
        <Tabs.Tab value="headers">Headers ({names.length})</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="body" pt="xs">
        {body === '' ? (
          <Text size="sm" c="dimmed">
            Empty.
          </Text>
        ) : (
          <CodeBlock code={prettyBody(body)} label={`${label}: body`} maxHeight={BODY_HEIGHT_PX} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="headers" pt="xs">
        <HeaderTable label={`${label}: headers`} headers={headers} />
      </Tabs.Panel>
    </Tabs>
  )
}

function HeaderTable({ label, headers }: { label: string; headers: HeaderValues }) {
  return (
    <Table className={classes.headers} aria-label={label} verticalSpacing={4} layout="fixed">
      <Table.Tbody>
        {Object.entries(headers).map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="38%">
              {name}
            </Table.Th>
            <Table.Td>{Array.isArray(value) ? value.join(', ') : value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** How the time of one request was spent: a bar to see it, and the figures in words. */
function TimingBar({ timing }: { timing: Timing }) {
  const parts = timingParts(timing)
  return (
    <div>
      <div className={classes.bar} aria-hidden>
        {parts.map(({ label, ms, color }) => (
          <div key={label} style={{ flexGrow: ms, background: `var(--mantine-color-${color}-6)` }} />
        ))}
      </div>
      <Group gap="sm" mt={6}>
        <Text size="xs" fw={600}>
          {duration(timing.totalMs)} in all
        </Text>
        {parts.map(({ label, ms, color }) => (
          <Group key={label} gap={5}>
            <span className={classes.dot} style={{ background: `var(--mantine-color-${color}-6)` }} aria-hidden />
            <Text size="xs" c="dimmed">
              {label} {duration(ms)}
            </Text>
          </Group>
        ))}
        {timing.isReused && (
          <Text size="xs" c="dimmed">
            over a connection that was open
          </Text>
        )}
      </Group>
    </div>
  )
}

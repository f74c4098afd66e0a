import { Box, Button, Code, Group, Skeleton, Stack, Text, Timeline } from '@mantine/core'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'

import { pagedList } from '../ui/list'
import { ProblemAlert } from '../ui/problem-alert'
import { Time } from '../ui/time'
import { type Change, changesBetween } from './revision-diff'

type Revision = Schemas['AutomationRevision']

/** Every revision, newest first, with what it changed and who saved it. */
export function Revisions({ id }: { id: string }) {
  const list = pagedList(
    $api.useInfiniteQuery(
      'get',
      '/api/v1/automations/{id}/revisions',
      { params: { path: { id }, query: { limit: 20 } } },
      PAGED,
    ),
  )
  if (list.error !== null && list.rows.length === 0) return <ProblemAlert error={list.error} onRetry={list.retry} />
  if (list.isPending) return <Skeleton height={120} />
  return (
    <Stack>
      <Timeline bulletSize={14} lineWidth={2} active={0}>
        {list.rows.map((revision, index) => (
          <Timeline.Item key={revision.revision} title={`Revision ${revision.revision}`}>
            <Text size="sm" c="dimmed" component="div">
              <Time at={revision.createdAt} /> by {revision.createdBy ?? 'somebody who is gone'}
            </Text>
            <Changes
              revision={revision}
              before={list.rows[index + 1]}
              isFirst={!list.hasMore && index === list.rows.length - 1}
            />
          </Timeline.Item>
        ))}
      </Timeline>
      {list.hasMore && (
        <Button
          variant="default"
          loading={list.isLoadingMore}
          onClick={list.loadMore}
          style={{ alignSelf: 'flex-start' }}
        >
          Show older revisions
        </Button>
      )}
    </Stack>
  )
}

function Changes({
  revision,
  before,
  isFirst,
}: {
  revision: Revision
  before: Revision | undefined
  isFirst: boolean
}) {
  if (before === undefined) return isFirst ? <Text size="sm">Created.</Text> : null
  const changes = changesBetween(before, revision)
  if (changes.length === 0) return <Text size="sm">Saved without a change.</Text>
  return (
    <Stack gap="xs" mt={4}>
      {changes.map((change) => (
        <OneChange key={change.what} change={change} />
      ))}
    </Stack>
  )
}

function OneChange({ change: { what, before, after, isText } }: { change: Change }) {
  if (!isText) {
    return (
      <Group gap={6} role="group" aria-label={`${what} changed`}>
        <Text size="sm" fw={600}>
          {what}
        </Text>
        <Code>{before || 'none'}</Code>
        <Text size="sm">became</Text>
        <Code>{after || 'none'}</Code>
      </Group>
    )
  }
  return (
    <Box role="group" aria-label={`${what} changed`}>
      <Text size="sm" fw={600}>
        {what}
      </Text>
      <Group align="stretch" gap="xs" grow preventGrowOverflow={false}>
        <Side label="Before" text={before} />
        <Side label="After" text={after} />
      </Group>
    </Box>
  )
}

function Side({ label, text }: { label: string; text: string }) {
  return (
    <Box miw={0} flex="1 1 260px">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {text || 'none'}
      </Code>
    </Box>
  )
}

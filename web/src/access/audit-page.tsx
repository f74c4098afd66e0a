import { Button, Code, Group, Stack, Text, TextInput, UnstyledButton } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight, IconClipboardList } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { useViewer } from '../app/session'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { type List, pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import classes from './audit-page.module.css'
import { actionInWords, detailsInWords, isAction } from './audit-words'
import { privilegesFor } from './privileges'

type Entry = Schemas['AuditEntry']
const LIMIT = 100

/** What was changed on the whole server. */
export function ServerAuditPage() {
  const query = useAuditQuery()
  const entries = $api.useInfiniteQuery('get', '/api/v1/audit', { params: { query } }, OPTIONS)
  return <Audit list={pagedList(entries)} hasEntity />
}

/** The same of one team or organization. */
export function EntityAuditPage() {
  const { entity = '' } = useParams()
  const query = useAuditQuery()
  const headers = privilegesFor(useViewer(), entity)
  const entries = $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/audit',
    { params: { path: { entity }, query }, headers },
    OPTIONS,
  )
  return <Audit list={pagedList(entries)} />
}

const OPTIONS = { ...PAGED, placeholderData: keepPreviousData }

function useAuditQuery() {
  const [actor] = useUrlState('actor')
  const [action] = useUrlState('action')
  const [subject] = useUrlState('subject')
  return {
    limit: LIMIT,
    ...(actor === '' ? {} : { actor }),
    ...(action !== '' && isAction(action) ? { action } : {}),
    ...(subject === '' ? {} : { subject }),
  }
}

function Audit({ list, hasEntity = false }: { list: List<Entry>; hasEntity?: boolean }) {
  const [actor, setActor] = useUrlState('actor')
  const [action, setAction] = useUrlState('action')
  const [subject, setSubject] = useUrlState('subject')
  const isNarrowed = actor !== '' || action !== '' || subject !== ''
  const clear = () => {
    setActor(null)
    setAction(null)
    setSubject(null)
  }
  return (
    <Page
      title="Audit"
      crumbs={useAreaCrumbs()}
      subtitle="Every change of people, rights and configuration, the newest first. It is never changed."
    >
      <Stack>
        <Group gap="sm" align="flex-end">
          <Filter label="Who" placeholder="username" value={actor} onChange={setActor} />
          <Filter
            label="What"
            placeholder="webhook, user.created"
            value={action}
            onChange={setAction}
            error={isAction(action) ? undefined : 'Such as webhook, or webhook.created'}
          />
          <Filter label="To what" placeholder="exact name" value={subject} onChange={setSubject} />
          {isNarrowed && (
            <Button variant="subtle" onClick={clear}>
              Clear
            </Button>
          )}
        </Group>
        <DataTable
          label="Audit"
          list={list}
          rowKey={(entry) => JSON.stringify(entry)}
          columns={columns(hasEntity)}
          empty={
            <EmptyState
              icon={<IconClipboardList size={32} aria-hidden />}
              title={isNarrowed ? 'Nothing like that' : 'Nothing has been changed yet'}
              action={isNarrowed ? <Button onClick={clear}>Show everything</Button> : undefined}
            >
              {isNarrowed
                ? 'No entry fits. Usernames and subjects are matched whole.'
                : 'Changes of members, webhooks, secrets and automations will be here.'}
            </EmptyState>
          }
        />
      </Stack>
    </Page>
  )
}

const TYPING_MS = 300

function Filter({
  label,
  placeholder,
  value,
  onChange,
  error,
}: {
  label: string
  placeholder: string
  value: string
  onChange(value: string): void
  error?: string | undefined
}) {
  const [typed, setTyped] = useState(value)
  const [shown, setShown] = useState(value)
  const tell = useDebouncedCallback((text: string) => onChange(text.trim()), TYPING_MS)
  if (shown !== value) {
    setShown(value)
    if (typed.trim() !== value) setTyped(value)
  }
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={typed}
      error={error}
      autoCapitalize="none"
      spellCheck={false}
      flex={{ base: '1 1 40%', sm: '0 1 200px' }}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        tell(currentTarget.value)
      }}
    />
  )
}

function columns(hasEntity: boolean): Column<Entry>[] {
  return [
    { key: 'at', header: 'When', width: '125px', cell: ({ at }) => <Time at={at} /> },
    { key: 'actor', header: 'Who', width: '140px', isExtra: true, cell: ({ actor }) => actor ?? 'the server itself' },
    { key: 'what', header: 'What', cell: (entry) => <What entry={entry} /> },
    ...(hasEntity
      ? [
          {
            key: 'entity',
            header: 'Where',
            width: '140px',
            isExtra: true,
            cell: (entry: Entry) => entry.entity ?? 'server',
          },
        ]
      : []),
    { key: 'via', header: 'By', width: '80px', isExtra: true, cell: ({ via }) => via },
  ]
}

function What({ entry }: { entry: Entry }) {
  const [isOpen, setOpen] = useState(false)
  const Icon = isOpen ? IconChevronDown : IconChevronRight
  return (
    <Stack gap={4}>
      <UnstyledButton onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <Group gap={6} wrap="nowrap" align="flex-start">
          <Icon size={16} style={{ flex: 'none', marginTop: 2 }} aria-hidden />
          <Text size="sm" component="span">
            {actionInWords(entry.action)} <b>{entry.subject}</b>{' '}
            <Text span size="sm" c="dimmed">
              {detailsInWords(entry.details)}
            </Text>
            <Text span size="sm" c="dimmed" hiddenFrom="sm">
              {' '}
              · by {entry.actor ?? 'the server itself'}
            </Text>
          </Text>
        </Group>
      </UnstyledButton>
      {isOpen && (
        <Code block className={classes.details}>
          {JSON.stringify(
            { action: entry.action, ...entry.details, requestId: entry.requestId, at: entry.at },
            null,
            2,
          )}
        </Code>
      )}
    </Stack>
  )
}

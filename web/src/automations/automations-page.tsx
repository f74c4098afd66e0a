import { Anchor, Button, Group, Select, Switch, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBolt, IconPlus, IconSearch } from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { $api, type Schemas } from '../api/client'
import { PAGED } from '../api/pages'
import { NotFound } from '../app/route-failure'
import { useViewer } from '../app/session'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { type Column, DataTable } from '../ui/data-table'
import { EmptyState } from '../ui/empty-state'
import { pagedList } from '../ui/list'
import { Page } from '../ui/page'
import { Time } from '../ui/time'
import { useUrlState } from '../ui/use-url-state'
import { AutomationMenu } from './automation-menu'
import { useAutomationChanges } from './changes'
import { EVENTS } from './event-types'
import { ActionInWords, Health, Queue, ScopeInWords, Trigger } from './in-words'
import { automationPath, mayChange, type Place, usePlace } from './place'
import { originInWords } from './scope-in-words'

type Listed = Schemas['ListedAutomation']
type Query = NonNullable<NonNullable<Parameters<typeof useAutomations>[1]>>

export function AutomationsPage() {
  const place = usePlace()
  return place === undefined ? <NotFound /> : <Automations place={place} />
}

function useAutomations(
  place: Place,
  filters: { q: string; event: string; health: string; enabled: string; order: string },
) {
  const { q, event, health, enabled, order } = filters
  const query = {
    limit: 50,
    order: (order || '-created') as 'created',
    ...(place.project === null ? {} : { reaches: place.project }),
    ...(q === '' ? {} : { q }),
    ...(event === '' ? {} : { event: event as Listed['event'] }),
    ...(health === '' ? {} : { health: health as Listed['activity']['health'] }),
    ...(enabled === '' ? {} : { enabled: enabled as 'true' }),
  }
  return $api.useInfiniteQuery(
    'get',
    '/api/v1/entities/{entity}/automations',
    { params: { path: { entity: place.entity }, query } },
    { ...PAGED, placeholderData: keepPreviousData },
  )
}

function Automations({ place }: { place: Place }) {
  const viewer = useViewer()
  const [q, setQ] = useUrlState('q')
  const [event, setEvent] = useUrlState('event')
  const [health, setHealth] = useUrlState('health')
  const [enabled, setEnabled] = useUrlState('enabled')
  const [order, setOrder] = useUrlState('order', '-created')
  const filters: Query = { q, event, health, enabled, order }
  const list = pagedList(useAutomations(place, filters))
  const isNarrowed = [q, event, health, enabled].some((each) => each !== '')
  const may = mayChange(viewer, place.entity)
  const where = place.registry ?? place.project ?? place.entity

  const create = (
    <Button component={Link} to={`${place.base}/automations/new`} leftSection={<IconPlus size={16} aria-hidden />}>
      Create automation
    </Button>
  )
  return (
    <Page
      title={`Automations · ${where}`}
      heading="Automations"
      crumbs={useAreaCrumbs()}
      subtitle={subtitleOf(place)}
      actions={may ? create : undefined}
    >
      <Group gap="xs" align="flex-end" role="search" aria-label="Find automations">
        <Search value={q} onChange={setQ} />
        <Select
          aria-label="Event"
          placeholder="Any event"
          clearable
          searchable
          data={EVENTS.map(({ type, label }) => ({ value: type, label }))}
          value={event || null}
          onChange={setEvent}
          w={{ base: '100%', xs: 230 }}
        />
        <Select
          aria-label="Health"
          placeholder="Any health"
          clearable
          data={[
            { value: 'failing', label: 'Failing' },
            { value: 'held', label: 'Held' },
            { value: 'healthy', label: 'Healthy' },
            { value: 'never_fired', label: 'Never fired' },
          ]}
          value={health || null}
          onChange={setHealth}
          w={{ base: 'calc(50% - 5px)', xs: 150 }}
        />
        <Select
          aria-label="Enabled or not"
          placeholder="On and off"
          clearable
          data={[
            { value: 'true', label: 'Enabled' },
            { value: 'false', label: 'Switched off' },
          ]}
          value={enabled || null}
          onChange={setEnabled}
          w={{ base: 'calc(50% - 5px)', xs: 150 }}
        />
      </Group>
      <DataTable
        label="Automations"
        columns={useColumns(place)}
        list={list}
        rowKey={({ id }) => id}
        order={{
          by: order.replace('-', ''),
          isDescending: order.startsWith('-'),
          onChange: (by, isDescending) => setOrder(`${isDescending ? '-' : ''}${by}`),
        }}
        empty={
          isNarrowed ? (
            <EmptyState title="No automation is like that">Take a filter away to see more.</EmptyState>
          ) : (
            <EmptyState
              icon={<IconBolt size={36} stroke={1.4} aria-hidden />}
              title="No automations yet"
              action={may ? create : undefined}
            >
              An automation waits for something to happen, such as an alias “production” being given to a new version,
              and then calls a webhook: to deploy, to test, to tell people.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}

function subtitleOf({ project, registry, entity, isOrganization }: Place): string {
  if (registry !== null) return `Those that can fire in the registry ${registry}, of ${entity}`
  if (project !== null)
    return `Those that can fire in ${entity}/${project}, also those of all of ${entity} and of its organization`
  return isOrganization ? `Of the organization ${entity} and its registries` : `Of ${entity} and its projects`
}

/** Goes into the URL once one stops typing. */
function Search({ value, onChange }: { value: string; onChange(value: string): void }) {
  const [typed, setTyped] = useState(value)
  const [settled] = useDebouncedValue(typed, 250)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed is told
  useEffect(() => {
    if (settled !== value) onChange(settled)
  }, [settled])
  return (
    <TextInput
      aria-label="Search by name"
      placeholder="Search by name"
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      w={{ base: '100%', xs: 240 }}
    />
  )
}

function useColumns(place: Place): Column<Listed>[] {
  const viewer = useViewer()
  const { setEnabled } = useAutomationChanges()
  return [
    {
      key: 'name',
      header: 'Name',
      order: 'name',
      width: '18%',
      cell: ({ id, name, description, scope }) => {
        const origin = originInWords(scope, place.project, viewer.entities)
        return (
          <>
            <Anchor component={Link} to={automationPath(id)} size="sm" fw={600}>
              {name}
            </Anchor>
            {origin !== undefined && (
              <Text size="xs" c="dimmed">
                {origin}
              </Text>
            )}
            {description !== null && (
              <Text size="xs" c="dimmed" lineClamp={1}>
                {description}
              </Text>
            )}
          </>
        )
      },
    },
    { key: 'trigger', header: 'Trigger', width: '15%', isExtra: true, cell: (row) => <Trigger automation={row} /> },
    { key: 'scope', header: 'Scope', width: '11%', isExtra: true, cell: ({ scope }) => <ScopeInWords scope={scope} /> },
    {
      key: 'action',
      header: 'Action',
      width: '104px',
      isExtra: true,
      cell: ({ action }) => <ActionInWords action={action} />,
    },
    { key: 'queue', header: 'Queue', width: '100px', isExtra: true, cell: (row) => <Queue automation={row} /> },
    { key: 'health', header: 'Health', width: '126px', cell: (row) => <Health automation={row} isBesideQueue /> },
    {
      key: 'fired',
      header: 'Last fired',
      order: 'lastFired',
      width: '96px',
      isExtra: true,
      cell: ({ activity }) => (
        <Text size="sm" component="span">
          <Time at={activity.lastFiredAt} />
        </Text>
      ),
    },
    {
      key: 'enabled',
      header: 'Enabled',
      width: '84px',
      // The menu of the row has it, too.
      isExtra: true,
      cell: (row) => (
        <Switch
          aria-label={`“${row.name}” is enabled`}
          checked={row.enabled}
          disabled={!row.mayChange}
          onChange={({ currentTarget }) => void setEnabled(row, currentTarget.checked)}
        />
      ),
    },
    { key: 'menu', header: '', width: '48px', cell: (row) => <AutomationMenu automation={row} may={row.mayChange} /> },
  ]
}

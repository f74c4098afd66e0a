import { Button, Group, Select } from '@mantine/core'
import { $api } from '../api/client'
import { useUrlState } from '../ui/use-url-state'

/** How far back a list goes; the words stand in the URL. */
const WINDOWS = [
  { value: '1h', label: 'Last hour', ms: 3_600_000 },
  { value: '1d', label: 'Last day', ms: 24 * 3_600_000 },
  { value: '7d', label: 'Last 7 days', ms: 7 * 24 * 3_600_000 },
  { value: '30d', label: 'Last 30 days', ms: 30 * 24 * 3_600_000 },
]

/** A window begins on a whole minute, so that a list is not another one at each look. */
const MINUTE_MS = 60_000

/** The beginning of a window as the API takes it; `undefined`: from the first day. */
export function beginningOf(window: string, nowMs: number): string | undefined {
  const ms = WINDOWS.find(({ value }) => value === window)?.ms
  return ms === undefined ? undefined : new Date(Math.floor((nowMs - ms) / MINUTE_MS) * MINUTE_MS).toISOString()
}

type Choice = { value: string; label: string }

/** One choice of a filter, in the URL under `name`. */
export function UrlSelect({
  name,
  label,
  choices,
  width = 170,
}: {
  name: string
  label: string
  choices: Choice[]
  width?: number
}) {
  const [value, set] = useUrlState(name)
  return (
    <Select
      size="xs"
      w={{ base: 'calc(50% - 5px)', xs: width }}
      label={label}
      placeholder="All"
      data={choices}
      value={value === '' ? null : value}
      onChange={set}
      clearable
      searchable={choices.length > 8}
      clearButtonProps={{ 'aria-label': `${label}: all`, tabIndex: 0 }}
    />
  )
}

export function WindowSelect() {
  return <UrlSelect name="window" label="Time" choices={WINDOWS} width={140} />
}

/** A choice among the webhooks of an entity, of which there are few hundred at most. */
export function WebhookFilter({ entity }: { entity: string }) {
  const { data } = $api.useQuery('get', '/api/v1/entities/{entity}/webhooks', {
    params: { path: { entity }, query: { limit: 1000 } },
  })
  const choices = (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  return <UrlSelect name="webhook" label="Webhook" choices={choices} />
}

export function AutomationFilter({ entity }: { entity: string }) {
  const { data } = $api.useQuery('get', '/api/v1/entities/{entity}/automations', {
    params: { path: { entity }, query: { limit: 200 } },
  })
  const choices = (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  return <UrlSelect name="automation" label="Automation" choices={choices} />
}

/** The row of filters above a list, with a way to be rid of them all. */
export function Filters({
  children,
  isAny,
  onClear,
  right,
}: {
  children: React.ReactNode
  isAny: boolean
  onClear(): void
  right?: React.ReactNode
}) {
  return (
    <Group align="flex-end" gap="xs" mb="sm">
      {children}
      {isAny && (
        <Button size="xs" variant="subtle" onClick={onClear}>
          Clear filters
        </Button>
      )}
      {right !== undefined && <Group ml="auto">{right}</Group>}
    </Group>
  )
}

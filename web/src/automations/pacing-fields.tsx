import { Group, NumberInput, Stack, Text } from '@mantine/core'
import type { Webhook } from '../webhooks/queries'
import type { Draft } from './draft'

type Pacing = Draft['pacing']

const ORDERS = {
  none: 'Deliveries go out side by side: a later one may arrive first.',
  collection: 'Deliveries of one collection go out one after another.',
  alias: 'Deliveries of one alias of a collection go out one after another.',
} as const

/** How often it may fire; in which order things are sent is a matter of the webhook, and only told here. */
export function PacingFields({
  pacing,
  order,
  onChange,
}: {
  pacing: Pacing
  order: Pick<Webhook, 'order' | 'newestWins'> | undefined
  onChange(pacing: Pacing): void
}) {
  const field = (key: keyof Pacing, max: number) => ({
    value: pacing[key],
    onChange: (value: string | number) => onChange({ ...pacing, [key]: typeof value === 'number' ? value : '' }),
    allowDecimal: false,
    min: 1,
    max,
    w: 200,
  })
  return (
    <Stack gap="sm">
      <Group align="flex-start" gap="sm">
        <NumberInput
          label="At most so many times"
          description="Others are skipped, and shown so"
          placeholder="no limit"
          {...field('rateCount', 10_000)}
        />
        <NumberInput
          label="in so many seconds"
          description="60 if empty"
          placeholder="60"
          disabled={pacing.rateCount === ''}
          {...field('rateSeconds', 86_400)}
        />
      </Group>
      <Group align="flex-start" gap="sm">
        <NumberInput
          label="Gather for seconds"
          description="One delivery for all events of one collection within this time, up to an hour"
          placeholder="each by itself"
          {...field('debounceSeconds', 3_600)}
        />
        <NumberInput
          label="Hold when more a minute"
          description="Stops for 15 minutes what has run away on one collection"
          placeholder="as the server is set"
          {...field('holdPerMinute', 100_000)}
        />
      </Group>
      {order !== undefined && (
        <Text size="sm" c="dimmed">
          {ORDERS[order.order]}
          {order.order !== 'none' && order.newestWins && ' A newer one takes the place of those that wait.'} This is a
          setting of the webhook.
        </Text>
      )}
    </Stack>
  )
}

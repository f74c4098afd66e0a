import { Button, Checkbox, Collapse, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useId } from 'react'
import { CONCURRENCY_DEFAULT, EMPTY, settingsOf, type WebhookValues } from './form-values'
import type { WebhookForm } from './webhook-form'

const RETRIES = [
  { value: 'usual', label: 'The usual: nine times over three days' },
  { value: 'none', label: 'Not at all: one attempt' },
  { value: 'own', label: 'At times of its own' },
]

const ORDERS = [
  { value: 'none', label: 'None: side by side, fastest' },
  { value: 'collection', label: 'One collection: one at a time' },
  { value: 'alias', label: 'One alias of a collection: one at a time' },
]

const ADVANCED = ['concurrencyMax', 'rateLimitPerMinute', 'retrySchedule', 'order', 'newestWins'] as const

/** Limits, retries and order: folded while they are as usual, which is said. */
export function AdvancedFields({ form }: { form: WebhookForm }) {
  const values = form.getValues()
  const hasProblem = ADVANCED.some((field) => form.errors[field] !== undefined)
  const [isOpened, { toggle }] = useDisclosure(!isUsual(values))
  const isOpen = isOpened || hasProblem
  const id = useId()
  const Arrow = isOpen ? IconChevronDown : IconChevronRight
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        px={6}
        ml={-6}
        leftSection={<Arrow size={16} aria-hidden />}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={toggle}
      >
        Advanced: limits, retries, order
      </Button>
      {!isOpen && (
        <Text size="sm" c="dimmed" ml={22}>
          {isUsual(values)
            ? `At most ${CONCURRENCY_DEFAULT} requests at once, retries over three days, no order.`
            : 'Some of it is set.'}
        </Text>
      )}
      <Collapse expanded={isOpen} id={id}>
        <Stack gap="md" pt="sm">
          <NumberInput
            label="Requests open at once"
            description={`At most 256; ${CONCURRENCY_DEFAULT} unless you say otherwise.`}
            min={1}
            max={256}
            allowDecimal={false}
            maw={320}
            {...form.getInputProps('concurrencyMax')}
          />
          <NumberInput
            label="Requests a minute"
            description="Empty: what the receiver is known to bear (GitHub 80, Slack 60, Discord 30), else no limit."
            placeholder="As it bears"
            min={1}
            max={6_000}
            allowDecimal={false}
            maw={320}
            {...form.getInputProps('rateLimitPerMinute')}
          />
          <Select label="Retries" data={RETRIES} allowDeselect={false} maw={420} {...form.getInputProps('retries')} />
          {values.retries === 'own' && (
            <TextInput
              label="Times between attempts"
              description="Such as 10 s, 1 min, 10 min: then there are four attempts. 15 retries and 7 days at most."
              placeholder="10 s, 1 min, 10 min"
              maw={420}
              {...form.getInputProps('retrySchedule')}
            />
          )}
          <Select
            label="Order of deliveries"
            description="With an order, each delivery waits until the one before it has ended, retries included."
            data={ORDERS}
            allowDeselect={false}
            maw={420}
            {...form.getInputProps('order')}
          />
          {values.order !== 'none' && (
            <Checkbox
              label="The newest wins"
              description="What still waits is dropped, visibly, when the same automation has something newer to send."
              {...form.getInputProps('newestWins', { type: 'checkbox' })}
            />
          )}
        </Stack>
      </Collapse>
    </div>
  )
}

function isUsual(values: WebhookValues): boolean {
  const [set, usual] = [settingsOf(values), settingsOf(EMPTY)]
  return values.retries === 'usual' && ADVANCED.every((field) => set[field] === usual[field])
}

import { Button, Group, Menu, Text } from '@mantine/core'
import { IconBraces, IconChevronDown } from '@tabler/icons-react'
import { useConfirm } from '../ui/confirm'
import type { Webhook } from '../webhooks/queries'
import { type EventType, type Target, useTargets } from '../webhooks/targets'
import { payloadFrom } from './presets'
import { formatted } from './suggestions'

/** What it is sent to: a webhook, or settings that are to become one. */
export type Receiver = { target: Webhook['target'] | null; secrets: string[] }

type Choice = { label: string; template: string }

/** What a payload can begin with, for this receiver before all others; and putting it in order. */
export function PayloadToolbar({
  payload,
  onChange,
  event,
  receiver,
}: {
  payload: string
  onChange(payload: string): void
  event: EventType
  receiver: Receiver | undefined
}) {
  const confirm = useConfirm()
  const targets = useTargets(event)
  const isOwn = ({ target }: Target) => target === receiver?.target
  // What is retired is offered to whoever has it.
  const others = targets.filter((each) => !isOwn(each) && each.warning === null)
  const presets = [...targets.filter(isOwn), ...others].flatMap((target) =>
    target.presets.map((preset) => ({ target: target.target, ...preset })),
  )
  const [fitting] = presets.filter(({ target }) => target === receiver?.target)

  async function use({ label, template }: Choice) {
    const isSafe =
      payload.trim() === '' ||
      presets.some((preset) => payloadFrom(preset, receiver) === payload) ||
      (await confirm({
        title: `Replace the payload by “${label}”?`,
        children: 'What you have written is lost.',
        action: 'Replace',
      }))
    if (isSafe) onChange(template)
  }

  const choose = (preset: (typeof presets)[number]) =>
    void use({ label: preset.label, template: payloadFrom(preset, receiver) })

  return (
    <Group gap="xs">
      {fitting !== undefined && payload.trim() === '' && (
        <Button size="xs" onClick={() => choose(fitting)}>
          Begin with: {fitting.label}
        </Button>
      )}
      <Menu position="bottom-start" width={320}>
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            disabled={presets.length === 0}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            Presets
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
          {presets.map((preset) => (
            <Menu.Item key={preset.id} onClick={() => choose(preset)}>
              {preset.label}
              {preset.note !== null && (
                <Text size="xs" c="dimmed">
                  {preset.note}
                </Text>
              )}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => void use({ label: 'The default body', template: '' })}>
            The default body
            <Text size="xs" c="dimmed">
              Every variable, with its own type.
            </Text>
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconBraces size={14} aria-hidden />}
        disabled={formatted(payload) === payload}
        onClick={() => onChange(formatted(payload))}
      >
        Format
      </Button>
    </Group>
  )
}

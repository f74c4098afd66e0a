import { Button, Group, Menu, Text } from '@mantine/core'
import { IconBraces, IconChevronDown } from '@tabler/icons-react'
import { useConfirm } from '../ui/confirm'
import { type Target, useTargets } from '../webhooks/targets'
import type { PartProps } from './event-step'
import { payloadFrom } from './presets'
import { formatted } from './suggestions'
import { useUsableWebhooks } from './webhook-choice'

type Choice = { label: string; template: string }

/** What a payload can begin with, for the webhook that is chosen before all others; and putting it in order. */
export function PayloadToolbar({ draft, onChange, entity }: PartProps) {
  const confirm = useConfirm()
  const webhook = useUsableWebhooks(entity).webhooks.find(({ id }) => id === draft.webhook)
  const targets = useTargets(draft.event ?? undefined)
  const isOwn = ({ target }: Target) => target === webhook?.target
  // What is retired is offered to whoever has it.
  const others = targets.filter((each) => !isOwn(each) && each.warning === null)
  const presets = [...targets.filter(isOwn), ...others].flatMap((target) =>
    target.presets.map((preset) => ({ target: target.target, ...preset })),
  )
  const [fitting] = presets.filter(({ target }) => target === webhook?.target)

  async function use({ label, template }: Choice) {
    const isSafe =
      draft.payload.trim() === '' ||
      presets.some((preset) => payloadFrom(preset, webhook) === draft.payload) ||
      (await confirm({
        title: `Replace the payload by “${label}”?`,
        children: 'What you have written is lost.',
        action: 'Replace',
      }))
    if (isSafe) onChange({ payload: template })
  }

  const choose = (preset: (typeof presets)[number]) =>
    void use({ label: preset.label, template: payloadFrom(preset, webhook) })

  return (
    <Group gap="xs">
      {fitting !== undefined && draft.payload.trim() === '' && (
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
        disabled={formatted(draft.payload) === draft.payload}
        onClick={() => onChange({ payload: formatted(draft.payload) })}
      >
        Format
      </Button>
    </Group>
  )
}

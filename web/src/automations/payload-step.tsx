import { Alert, Box, Button, Group, Menu, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconBraces, IconChevronDown } from '@tabler/icons-react'
import { useMemo } from 'react'
import { $api } from '../api/client'
import { CodeEditor } from '../ui/code-editor'
import { useConfirm } from '../ui/confirm'
import type { PartProps } from './event-step'
import classes from './form.module.css'
import { type Preset, presetsFor } from './presets'
import { PreviewPanel } from './preview-panel'
import { formatted, suggestionsAt } from './suggestions'
import { otherWarnings, templateErrors, templateWarnings } from './template-problems'
import type { Preview, Tried } from './use-preview'
import { useUsableWebhooks } from './webhook-choice'

/** What is sent: the template beside what it comes to. */
export function PayloadStep({
  preview,
  tried,
  onTry,
  ...props
}: PartProps & { preview: Preview; tried: Tried; onTry(tried: Tried): void }) {
  const { draft, onChange, entity } = props
  const { payload } = draft
  const problems = useMemo(
    () => [...templateErrors(payload, preview.problem), ...templateWarnings(payload, preview.data?.warnings ?? [])],
    [payload, preview.problem, preview.data],
  )
  const { data: help } = $api.useQuery('get', '/api/v1/entities/{entity}/template-variables', {
    params: {
      path: { entity },
      query: {
        ...(draft.event === null ? {} : { event: draft.event }),
        ...(draft.webhook === '' ? {} : { webhook: draft.webhook }),
        ...(tried.version === ''
          ? {}
          : { project: tried.project, collection: tried.collection, version: tried.version }),
      },
    },
  })
  const isWebhook = draft.action === 'webhook'
  const errors = problems.filter(({ severity }) => severity === 'error')
  return (
    <Box className={isWebhook ? classes.split : undefined}>
      {isWebhook && (
        <Stack gap="xs" miw={0}>
          <Toolbar {...props} />
          <CodeEditor
            label="Payload"
            description="A JSON object. Type ${ for variables and secrets; empty is the default body."
            value={payload}
            onChange={(changed) => onChange({ payload: changed })}
            problems={problems}
            suggest={(text, offset, isAsked) => suggestionsAt(help, text, offset, isAsked)}
            error={errors[0]?.message}
            minHeight={260}
            maxHeight={520}
          />
          {otherWarnings(payload, preview.data?.warnings ?? []).map((warning) => (
            <Alert key={warning} color="yellow" p="xs" icon={<IconAlertTriangle aria-hidden />}>
              {warning}
            </Alert>
          ))}
          {problems
            .filter(({ severity }) => severity === 'warning')
            .map(({ message, from }) => (
              <Text key={`${from} ${message}`} size="xs" c="dimmed">
                {message}
              </Text>
            ))}
        </Stack>
      )}
      <PreviewPanel {...props} preview={preview} tried={tried} onTry={onTry} />
    </Box>
  )
}

function Toolbar({ draft, onChange, entity }: PartProps) {
  const confirm = useConfirm()
  const target = useUsableWebhooks(entity).webhooks.find(({ id }) => id === draft.webhook)?.target
  if (draft.event === null) return null
  const presets = presetsFor(draft.event)
  const fitting = presets.find(({ targets }) => target !== undefined && targets.includes(target))

  async function use({ template, label }: Preset) {
    const isSafe =
      draft.payload.trim() === '' ||
      presets.some((preset) => preset.template === draft.payload) ||
      (await confirm({
        title: `Replace the payload by the preset “${label}”?`,
        children: 'What you have written is lost.',
        action: 'Replace',
      }))
    if (isSafe) onChange({ payload: template })
  }

  return (
    <Group gap="xs">
      {fitting !== undefined && draft.payload.trim() === '' && (
        <Button size="xs" onClick={() => void use(fitting)}>
          Use the preset for {fitting.label}
        </Button>
      )}
      <Menu position="bottom-start" width={280}>
        <Menu.Target>
          <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Presets
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {presets.map((preset) => (
            <Menu.Item key={preset.id} onClick={() => void use(preset)}>
              {preset.label}
              {preset.note !== undefined && (
                <Text size="xs" c="dimmed">
                  {preset.note}
                </Text>
              )}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => void use({ id: 'default', label: 'Default body', targets: [], template: '' })}>
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

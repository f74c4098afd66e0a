import { Alert, Box, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMemo } from 'react'
import { $api } from '../api/client'
import { CodeEditor } from '../ui/code-editor'
import type { PartProps } from './event-step'
import classes from './form.module.css'
import { PayloadToolbar } from './payload-toolbar'
import { PreviewPanel } from './preview-panel'
import { suggestionsAt } from './suggestions'
import { otherWarnings, templateErrors, templateWarnings } from './template-problems'
import type { Preview, Tried } from './use-preview'

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
          <PayloadToolbar {...props} />
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

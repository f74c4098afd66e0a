import { Box, Stack } from '@mantine/core'
import { $api } from '../api/client'
import { PayloadToolbar } from '../templates/payload-toolbar'
import { TemplateEditor } from '../templates/template-editor'
import type { PartProps } from './event-step'
import classes from './form.module.css'
import { PreviewPanel } from './preview-panel'
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
  const { payload, event } = draft
  const webhook = useUsableWebhooks(entity).webhooks.find(({ id }) => id === draft.webhook)
  const { data: help } = $api.useQuery('get', '/api/v1/entities/{entity}/template-variables', {
    params: {
      path: { entity },
      query: {
        ...(event === null ? {} : { event }),
        ...(draft.webhook === '' ? {} : { webhook: draft.webhook }),
        ...triedQuery(tried),
      },
    },
  })
  const isWebhook = draft.action === 'webhook'
  const set = (changed: string) => onChange({ payload: changed })
  return (
    <Box className={isWebhook ? classes.split : undefined}>
      {isWebhook && (
        <Stack gap="xs" miw={0}>
          {event !== null && <PayloadToolbar payload={payload} onChange={set} event={event} receiver={webhook} />}
          <TemplateEditor
            description="A JSON object. Type ${ for variables and secrets; empty is the default body."
            value={payload}
            onChange={set}
            help={help}
            problem={preview.problem}
            warnings={preview.data?.warnings ?? NONE}
          />
        </Stack>
      )}
      <PreviewPanel {...props} preview={preview} tried={tried} onTry={onTry} />
    </Box>
  )
}

const NONE: [] = []

function triedQuery({ project, collection, version, run }: Tried) {
  if (run !== '') return { project, run }
  return version === '' ? {} : { project, collection, version }
}

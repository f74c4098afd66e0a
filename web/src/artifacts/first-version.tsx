import { Box, Stack, Text } from '@mantine/core'
import { IconBox } from '@tabler/icons-react'
import { CodeBlock } from '../ui/copy'
import { EmptyState } from '../ui/empty-state'
import type { Place } from './use-place'

/** What to type so that something comes here. */
export function FirstVersion({ place: { entity, project, registry } }: { place: Place }) {
  return (
    <Stack align="center" gap={0}>
      <EmptyState
        icon={<IconBox size={32} aria-hidden />}
        title={registry === undefined ? 'No artifacts yet' : 'Nothing is linked here yet'}
      >
        {registry === undefined
          ? 'They show here by themselves as soon as a run logs one.'
          : 'Link a version by the button above, on its own page, or from a script. It shows here by itself.'}
      </EmptyState>
      <Box w="100%" maw={640}>
        <Text size="sm" c="dimmed" mb={6}>
          With the wandb client, from Python:
        </Text>
        <CodeBlock
          label={registry === undefined ? 'Log a first version' : 'Link a first version'}
          code={registry === undefined ? loggingCode(entity, project) : linkingCode(entity, project)}
        />
      </Box>
    </Stack>
  )
}

const loggingCode = (entity: string, project: string) =>
  [
    'import wandb',
    '',
    `with wandb.init(entity=${JSON.stringify(entity)}, project=${JSON.stringify(project)}) as run:`,
    '    run.log_artifact("model.pt", name="my-model", type="model")',
  ].join('\n')

const linkingCode = (_entity: string, project: string) =>
  [
    'import wandb',
    '',
    'artifact = wandb.Api().artifact("my-team/my-project/my-model:latest")',
    `artifact.link(${JSON.stringify(`${project}/my-collection`)})`,
  ].join('\n')

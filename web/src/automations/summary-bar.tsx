import { Box, Button, Group, Paper, Text } from '@mantine/core'
import type { Problem } from '../api/client'
import { ProblemAlert } from '../ui/problem-alert'
import { Backtest } from './backtest'
import type { Draft } from './draft'
import classes from './form.module.css'

/** What it does, in one sentence, below the steps and always in sight; and the two things to do with it: try it, save it. */
export function SummaryBar({
  sentence,
  draft,
  entity,
  isComplete,
  isNew,
  isSaving,
  problem,
  wrong,
}: {
  sentence: string
  draft: Draft
  entity: string
  isComplete: boolean
  isNew: boolean
  isSaving: boolean
  problem: Problem | undefined
  wrong: string[]
}) {
  return (
    <Paper withBorder className={classes.bar} component="section" aria-label="Summary">
      {problem !== undefined && (
        <Box mb="sm">
          <ProblemAlert error={problem} />
        </Box>
      )}
      <Group gap="sm" justify="space-between">
        <div className={classes.sentence}>
          <Text size="sm" fw={500}>
            {sentence}
          </Text>
          {wrong.length > 0 && (
            <Text size="sm" c="var(--mantine-color-error)" role="status">
              Something is left to do in: {wrong.join(', ')}.
            </Text>
          )}
        </div>
        <Group gap="xs">
          <Backtest draft={draft} entity={entity} isReady={isComplete} />
          <Button type="submit" loading={isSaving}>
            {isNew ? 'Create automation' : 'Save changes'}
          </Button>
        </Group>
      </Group>
    </Paper>
  )
}

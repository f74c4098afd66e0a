import { Button, Paper, Stack, Text, Title } from '@mantine/core'
import type { Problem } from '../api/client'
import { ProblemAlert } from '../ui/problem-alert'
import { Backtest } from './backtest'
import type { Draft } from './draft'
import classes from './form.module.css'

/** What it does, in one sentence, beside the steps; and the two things to do with it: try it, save it. */
export function SummaryCard({
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
    <Paper withBorder p="md" className={classes.aside} component="section" aria-label="Summary">
      <Stack gap="sm">
        <Title order={2} size="h3">
          Summary
        </Title>
        <Text size="sm" data-testid="sentence" style={{ overflowWrap: 'anywhere' }}>
          {sentence}
        </Text>
        {problem !== undefined && <ProblemAlert error={problem} />}
        {wrong.length > 0 && (
          <Text size="sm" c="var(--mantine-color-error)" role="status">
            Something is left to do in: {wrong.join(', ')}.
          </Text>
        )}
        <Backtest draft={draft} entity={entity} isReady={isComplete} />
        <Button type="submit" loading={isSaving}>
          {isNew ? 'Create automation' : 'Save changes'}
        </Button>
      </Stack>
    </Paper>
  )
}

import { Alert, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { type ReactNode, useMemo } from 'react'
import type { Problem, Schemas } from '../api/client'
import { CodeEditor } from '../ui/code-editor'
import { suggestionsAt } from './suggestions'
import { otherWarnings, templateErrors, templateWarnings } from './template-problems'

/** Where a payload is written: names are completed, and what the server has against it is marked and said. */
export function TemplateEditor({
  value,
  onChange,
  description,
  help,
  problem,
  warnings,
  error,
  minHeight = 260,
  maxHeight = 520,
}: {
  value: string
  onChange(value: string): void
  description: ReactNode
  /** What it may name, once that is known. */
  help: Schemas['TemplateVariables'] | undefined
  problem: Problem | undefined
  warnings: { path: string; message: string }[]
  /** What is wrong with it besides. */
  error?: string | undefined
  minHeight?: number
  maxHeight?: number
}) {
  const marks = useMemo(
    () => [...templateErrors(value, problem), ...templateWarnings(value, warnings)],
    [value, problem, warnings],
  )
  return (
    <Stack gap="xs">
      <CodeEditor
        label="Payload"
        description={description}
        value={value}
        onChange={onChange}
        problems={marks}
        suggest={(text, offset, isAsked) => suggestionsAt(help, text, offset, isAsked)}
        error={marks.find(({ severity }) => severity === 'error')?.message ?? error}
        minHeight={minHeight}
        maxHeight={maxHeight}
      />
      {otherWarnings(value, warnings).map((warning) => (
        <Alert key={warning} color="yellow" p="xs" icon={<IconAlertTriangle aria-hidden />}>
          {warning}
        </Alert>
      ))}
      {marks
        .filter(({ severity }) => severity === 'warning')
        .map(({ message, from }) => (
          <Text key={`${from} ${message}`} size="xs" c="dimmed">
            {message}
          </Text>
        ))}
    </Stack>
  )
}

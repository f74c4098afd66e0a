import { ActionIcon, Autocomplete, Button, Group, Input, Stack, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'

type Row = { name: string; value: string }

/**
 * Names with a value each, a row for each, such as headers.
 *
 * - `what`: what one of them is, such as "header".
 * - `references`: what a value may refer to; offered as `${NAME}` once `$` is typed.
 * - `errors`: by index.
 */
export function KeyValueEditor({
  label,
  description,
  what,
  rows,
  onChange,
  references = [],
  errors = {},
}: {
  label: string
  description?: ReactNode
  what: string
  rows: Row[]
  onChange(rows: Row[]): void
  references?: string[]
  errors?: Record<number, ReactNode>
}) {
  const change = (index: number, part: Partial<Row>) =>
    onChange(rows.map((row, each) => (each === index ? { ...row, ...part } : row)))
  return (
    <Input.Wrapper label={label} description={description} component="fieldset" style={{ border: 0, padding: 0 }} m={0}>
      <Stack gap="xs" mt={rows.length === 0 ? 0 : 6}>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing of their own to be told by, not even a name
          <Group key={index} gap="xs" align="flex-start" wrap="nowrap">
            <TextInput
              flex="1 1 120px"
              miw={0}
              aria-label={`Name of ${what} ${index + 1}`}
              placeholder="Name"
              value={row.name}
              onChange={(event) => change(index, { name: event.currentTarget.value })}
              error={errors[index]}
              spellCheck={false}
            />
            <Autocomplete
              flex="2 1 160px"
              miw={0}
              aria-label={`Value of ${what} ${index + 1}`}
              placeholder="Value"
              value={row.value}
              onChange={(value) => change(index, { value })}
              data={offered(row.value, references)}
              filter={({ options }) => options}
              spellCheck={false}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={`Remove ${what} ${index + 1}`}
              onClick={() => onChange(rows.filter((_, each) => each !== index))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...rows, { name: '', value: '' }])}
          style={{ alignSelf: 'flex-start' }}
        >
          Add a {what}
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}

/** The whole value with each reference that what is typed after its last `$` may become. */
function offered(value: string, references: string[]): string[] {
  const match = /\$\{?([A-Za-z0-9_]*)$/.exec(value)
  if (match === null) return []
  const before = value.slice(0, match.index)
  const typed = (match[1] ?? '').toLowerCase()
  return references.filter((name) => name.toLowerCase().startsWith(typed)).map((name) => `${before}\${${name}}`)
}

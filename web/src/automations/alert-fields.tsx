import { Chip, Group, Input, Stack, TextInput } from '@mantine/core'
import type { PartProps } from './event-step'
import type { Level, RunAsk } from './run-conditions'
import { Segments } from './segments'

/** Which alerts of runs: by their level, and by what their title has. */
export function AlertFields({ draft, onChange }: PartProps) {
  const { levels, title } = draft.run
  const set = (part: Partial<RunAsk>) => onChange({ run: { ...draft.run, ...part } })
  return (
    <Stack gap="sm">
      <div>
        <Input.Label component="div" id="alert-levels">
          Level
        </Input.Label>
        <Input.Description mb={6}>As the script gives it. None chosen: any.</Input.Description>
        <Chip.Group multiple value={levels} onChange={(chosen) => set({ levels: inOrder(chosen as Level[]) })}>
          <Group gap="xs" role="group" aria-labelledby="alert-levels">
            {LEVELS.map(({ value, label }) => (
              <Chip key={value} value={value}>
                {label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </div>
      <Segments
        label="Title"
        value={title.how}
        onChange={(how) => set({ title: { ...title, how } })}
        data={[
          { value: 'any', label: 'Any title' },
          { value: 'contains', label: 'Contains' },
          { value: 'matches', label: 'A pattern' },
        ]}
      />
      {title.how !== 'any' && (
        <TextInput
          label={title.how === 'contains' ? 'What the title contains' : 'Pattern'}
          description={
            title.how === 'contains'
              ? 'Capitals count.'
              : 'RE2 syntax. It is searched for: ^ and $ bind it to the beginning and the end; (?i) ignores capitals.'
          }
          placeholder={title.how === 'contains' ? 'diverges' : '(?i)loss|nan'}
          value={title.value}
          onChange={(event) => set({ title: { ...title, value: event.currentTarget.value } })}
          maw={420}
        />
      )}
    </Stack>
  )
}

const LEVELS: { value: Level; label: string }[] = [
  { value: 'INFO', label: 'Info' },
  { value: 'WARN', label: 'Warning' },
  { value: 'ERROR', label: 'Error' },
]

/** In one order, however they were chosen, so that the same choice is the same filter. */
function inOrder(levels: Level[]): Level[] {
  return LEVELS.flatMap(({ value }) => (levels.includes(value) ? [value] : []))
}

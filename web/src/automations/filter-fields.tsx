import {
  ActionIcon,
  Anchor,
  Autocomplete,
  Button,
  Group,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { CodeEditor } from '../ui/code-editor'
import { type Condition, isList, isUnary, OPERATORS, type Operator } from './conditions'
import { filterOf, readFilter } from './draft'
import type { PartProps } from './event-step'
import type { EventInfo } from './event-types'

const ARTIFACT_FIELDS = [
  'metadata.',
  'artifact_type',
  'collection',
  'project',
  'version',
  'event_author',
  'alias',
  'tag',
  'entity',
]
/** What stands first is what one most likely asks about. */
const RUN_FIELDS = ['display_name', 'name', 'username', 'group', 'job_type', 'tags', 'project', 'entity']

function fieldsOf({ run }: EventInfo): string[] {
  if (run === null) return ARTIFACT_FIELDS
  return run === 'alert' ? ['text', ...RUN_FIELDS] : RUN_FIELDS
}

/** Further conditions, which all must hold; or the whole filter as JSON. */
export function FilterFields({ draft, onChange, info }: PartProps & { info: EventInfo }) {
  const { conditions, filterText } = draft
  if (filterText !== null) return <FilterText draft={draft} onChange={onChange} info={info} />
  const put = (index: number, condition: Condition | null) =>
    onChange({
      conditions: conditions.flatMap((each, n) => (n !== index ? [each] : condition === null ? [] : [condition])),
    })
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        Conditions
      </Text>
      {conditions.length === 0 && (
        <Text size="sm" c="dimmed">
          None{info.run === null ? '' : ' besides'}: it fires for every such event in its scope. Ask for more, such as{' '}
          {info.run === null ? 'a value in the metadata' : 'the job type or a tag of the run'}.
        </Text>
      )}
      {conditions.map((condition, index) => (
        <ConditionRow
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and keep their places
          key={index}
          number={index + 1}
          condition={condition}
          fields={fieldsOf(info)}
          onChange={(changed) => put(index, changed)}
        />
      ))}
      <Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() =>
            onChange({
              conditions: [
                ...conditions,
                {
                  ...{ field: fieldsOf(info)[0] as string, value: '', values: [] },
                  operator: info.run === 'alert' ? 'contains' : 'is',
                },
              ],
            })
          }
        >
          Add a condition
        </Button>
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => onChange({ filterText: JSON.stringify(filterOf(draft) ?? {}, null, 2) })}
        >
          Write the filter as JSON
        </Anchor>
      </Group>
    </Stack>
  )
}

function ConditionRow({
  number,
  condition,
  fields,
  onChange,
}: {
  number: number
  condition: Condition
  fields: string[]
  onChange(condition: Condition | null): void
}) {
  const { field, operator, value, values } = condition
  const set = (part: Partial<Condition>) => onChange({ ...condition, ...part })
  return (
    <Group gap="xs" wrap="wrap" role="group" aria-label={`Condition ${number}`}>
      <Autocomplete
        aria-label={`Field of condition ${number}`}
        placeholder="metadata.eval.accuracy"
        data={fields}
        value={field}
        onChange={(changed) => set({ field: changed })}
        w={{ base: '100%', xs: 230 }}
      />
      <Select
        aria-label={`Comparison of condition ${number}`}
        data={Object.keys(OPERATORS)}
        value={operator}
        onChange={(changed) => set({ operator: changed as Operator })}
        allowDeselect={false}
        w={150}
      />
      {isUnary(operator) ? null : isList(operator) ? (
        <TagsInput
          aria-label={`Values of condition ${number}`}
          placeholder={values.length === 0 ? 'Enter after each' : undefined}
          value={values}
          onChange={(changed) => set({ values: changed })}
          flex="1 1 180px"
        />
      ) : (
        <TextInput
          aria-label={`Value of condition ${number}`}
          value={value}
          onChange={(event) => set({ value: event.currentTarget.value })}
          flex="1 1 140px"
        />
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Remove condition ${number}`}
        onClick={() => onChange(null)}
      >
        <IconTrash size={16} aria-hidden />
      </ActionIcon>
    </Group>
  )
}

function FilterText({ draft, onChange, info }: Omit<PartProps, 'entity'> & { info: EventInfo }) {
  const text = draft.filterText ?? ''
  return (
    <Stack gap="xs">
      <CodeEditor
        label="Filter"
        description="Conditions in the manner of MongoDB, as the wandb client writes them."
        value={text}
        onChange={(filterText) => onChange({ filterText })}
        checksJson
        minHeight={90}
        maxHeight={300}
      />
      <Group>
        <Anchor component="button" type="button" size="sm" onClick={() => onChange(asFields(info, text))}>
          Use the form instead
        </Anchor>
      </Group>
    </Stack>
  )
}

/** What of the text the form has fields for; the text stays when it says more than those. */
function asFields(info: EventInfo, text: string): Partial<PartProps['draft']> {
  try {
    return readFilter(info.type, (text.trim() === '' ? {} : JSON.parse(text)) as Record<string, unknown>)
  } catch {
    return {}
  }
}

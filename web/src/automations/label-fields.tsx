import { Badge, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { $api } from '../api/client'
import type { PartProps } from './event-step'
import { testPattern } from './pattern'
import { Segments } from './segments'

/** Which alias or tag: one, those that match a pattern, or any. */
export function LabelFields({ draft, onChange, entity, about }: PartProps & { about: 'alias' | 'tag' }) {
  const { label } = draft
  const set = (part: Partial<typeof label>) => onChange({ label: { ...label, ...part } })
  const noun = about === 'alias' ? 'Alias' : 'Tag'
  return (
    <Stack gap="xs">
      <Segments
        label={noun}
        value={label.how}
        onChange={(how) => set({ how })}
        data={[
          { value: 'exact', label: `This ${about}` },
          { value: 'regex', label: 'A pattern' },
          { value: 'any', label: `Any ${about}` },
        ]}
      />
      {label.how === 'exact' && (
        <TextInput
          label={`The ${about}`}
          placeholder={about === 'alias' ? 'production' : 'approved'}
          value={label.value}
          onChange={(event) => set({ value: event.currentTarget.value })}
          maw={420}
        />
      )}
      {label.how === 'regex' && (
        <>
          <TextInput
            label="Pattern"
            description="RE2 syntax. It is searched for: ^ and $ bind it to the beginning and the end; (?i) ignores capitals."
            placeholder="^prod(-|$)"
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={label.value}
            onChange={(event) => set({ value: event.currentTarget.value })}
            maw={420}
          />
          <PatternTest pattern={label.value} scope={draft.scope} entity={entity} about={about} />
        </>
      )}
    </Stack>
  )
}

const SAMPLES = {
  alias: ['production', 'staging', 'prod-eu', 'latest', 'best'],
  tag: ['approved', 'reviewed', 'needs-review'],
}

/** Tries the pattern on the names there are, and on those one types. */
function PatternTest({
  pattern,
  scope,
  entity,
  about,
}: {
  pattern: string
  scope: PartProps['draft']['scope']
  entity: string
  about: 'alias' | 'tag'
}) {
  const [typed, setTyped] = useState('')
  const { project, collection } = scope
  const { data } = $api.useQuery(
    'get',
    '/api/v1/projects/{entity}/{project}/collections/{collection}/versions',
    { params: { path: { entity, project, collection }, query: { limit: 100 } } },
    { enabled: scope.type === 'collection' && project !== '' && collection !== '' },
  )
  const there = (data?.items ?? []).flatMap(({ aliases, tags }) => (about === 'alias' ? aliases : tags))
  const own = typed.split(/[\s,]+/).filter((name) => name !== '')
  const names = [...new Set([...own, ...there, ...(there.length === 0 ? SAMPLES[about] : [])])].slice(0, 24)
  const tested = testPattern(pattern, names)
  return (
    <Stack gap={6}>
      <TextInput
        label="Try it on"
        description="Names of your own, separated by commas, beside those there are."
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={420}
      />
      {tested === undefined ? (
        <Text size="sm" c="dimmed">
          {pattern === ''
            ? 'Write a pattern to see what it matches.'
            : 'This cannot be tried here; the server checks it below.'}
        </Text>
      ) : (
        <Group gap={6} role="status" aria-label="What the pattern matches">
          {tested.map(({ name, matches }) => (
            <Badge
              key={name}
              variant="light"
              tt="none"
              radius="sm"
              color={matches ? 'green' : 'gray'}
              leftSection={
                matches ? <IconCheck size={12} aria-label="matches" /> : <IconX size={12} aria-label="does not match" />
              }
            >
              {name}
            </Badge>
          ))}
        </Group>
      )}
    </Stack>
  )
}

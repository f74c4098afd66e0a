import { Stack, Switch, Textarea, TextInput } from '@mantine/core'
import type { PartProps } from './event-step'

/** What it is called. A name is proposed until one is typed. */
export function NameStep({ draft, onChange, proposed }: PartProps & { proposed: string | undefined }) {
  return (
    <Stack maw={560}>
      <TextInput
        label="Name"
        description={
          proposed === undefined ? 'Unique among the automations of this team.' : 'Proposed; write another if you like.'
        }
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        required
        maxLength={255}
      />
      <Textarea
        label="Description"
        description="For whoever wonders in a year."
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        autosize
        minRows={2}
        maxLength={10_000}
      />
      <Switch
        label="Enabled"
        description="Switched off, it is kept and does not fire."
        checked={draft.enabled}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
      />
    </Stack>
  )
}

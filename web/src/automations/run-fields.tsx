import { Chip, Group, Input, NumberInput, Select, TextInput } from '@mantine/core'
import type { PartProps } from './event-step'
import type { EventInfo } from './event-types'
import type { RunAsk } from './run-conditions'

const AGGREGATES = [
  { value: '', label: 'The last value' },
  { value: 'AVERAGE', label: 'The average' },
  { value: 'MAX', label: 'The maximum' },
  { value: 'MIN', label: 'The minimum' },
]

const COMPARISONS = [
  { value: '$gt', label: 'is above' },
  { value: '$gte', label: 'is at least' },
  { value: '$lt', label: 'is below' },
  { value: '$lte', label: 'is at most' },
  { value: '$eq', label: 'is' },
  { value: '$ne', label: 'is not' },
]

const DIRECTIONS = [
  { value: 'ANY', label: 'up or down' },
  { value: 'INCREASE', label: 'up' },
  { value: 'DECREASE', label: 'down' },
]

/** What has to come of a run: a state, or a condition on a metric. */
export function RunFields({ draft, onChange, run }: PartProps & { run: Exclude<EventInfo['run'], 'alert' | null> }) {
  const ask = draft.run
  const set = (part: Partial<RunAsk>) => onChange({ run: { ...ask, ...part } })
  if (run === 'state') return <States states={ask.states} onChange={(states) => set({ states })} />
  const hasAggregate = run !== 'zscore'
  return (
    <Group align="flex-start" gap="sm">
      <TextInput
        label="Metric"
        description="As the run logs it; nested: eval.loss"
        placeholder="loss"
        value={ask.metric}
        onChange={(event) => set({ metric: event.currentTarget.value })}
        w={220}
      />
      {hasAggregate && (
        <Select
          label="What of it"
          description="Over the window"
          data={AGGREGATES}
          value={ask.aggregate}
          onChange={(value) => set({ aggregate: value as RunAsk['aggregate'] })}
          allowDeselect={false}
          w={160}
        />
      )}
      {(run === 'zscore' || ask.aggregate !== '') && (
        <Whole
          label="Window"
          description={run === 'zscore' ? 'Values before (30)' : 'Last values (1)'}
          value={ask.window}
          onChange={(window) => set({ window })}
        />
      )}
      {run === 'change' && (
        <Whole
          label="Window before"
          description="To compare with"
          value={ask.priorWindow}
          onChange={(priorWindow) => set({ priorWindow })}
        />
      )}
      {run === 'threshold' ? (
        <Select
          label="Comparison"
          description="With the number"
          data={COMPARISONS}
          value={ask.compare}
          onChange={(value) => set({ compare: value as RunAsk['compare'] })}
          allowDeselect={false}
          w={140}
        />
      ) : (
        <Select
          label="Direction"
          description="Which way"
          data={DIRECTIONS}
          value={ask.direction}
          onChange={(value) => set({ direction: value as RunAsk['direction'] })}
          allowDeselect={false}
          w={140}
        />
      )}
      {run === 'change' && (
        <Select
          label="Measured"
          description="0.25 is 25 %"
          data={[
            { value: 'RELATIVE', label: 'as a fraction' },
            { value: 'ABSOLUTE', label: 'absolutely' },
          ]}
          value={ask.changeType}
          onChange={(value) => set({ changeType: value as RunAsk['changeType'] })}
          allowDeselect={false}
          w={150}
        />
      )}
      <NumberInput
        label={run === 'threshold' ? 'Number' : run === 'change' ? 'At least' : 'Deviations'}
        description={run === 'zscore' ? 'At least (3)' : 'Required'}
        value={ask.threshold}
        onChange={(value) => set({ threshold: typeof value === 'number' ? value : '' })}
        hideControls
        w={120}
      />
    </Group>
  )
}

function Whole(props: { label: string; description: string; value: number | ''; onChange(value: number | ''): void }) {
  return (
    <NumberInput
      {...props}
      onChange={(value) => props.onChange(typeof value === 'number' ? value : '')}
      allowDecimal={false}
      min={1}
      w={140}
    />
  )
}

function States({ states, onChange }: { states: RunAsk['states']; onChange(states: RunAsk['states']): void }) {
  return (
    <div>
      <Input.Label component="div" id="run-states">
        States
      </Input.Label>
      <Chip.Group multiple value={states} onChange={(chosen) => onChange(chosen as RunAsk['states'])}>
        <Group gap="xs" role="group" aria-labelledby="run-states">
          <Chip value="RUNNING">It starts running</Chip>
          <Chip value="FINISHED">It finishes</Chip>
          <Chip value="FAILED">It fails or crashes</Chip>
        </Group>
      </Chip.Group>
    </div>
  )
}

import { Button, Fieldset, Group, Radio, Stack, TagsInput, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type ReactNode, useState } from 'react'
import { showOnFields } from '../ui/form-problem'
import { ProblemAlert } from '../ui/problem-alert'
import { useLeaveGuard } from '../ui/use-leave-guard'
import { type RegistryValues, typesProblem } from './registry-settings'

const TYPES_OFTEN_USED = ['model', 'dataset', 'job', 'run_table', 'evaluation']

/**
 * Everything that a registry is set to.
 *
 * - `typesInUse`: those that collections are of, which it has to keep taking.
 * - `save`: resolves to what went wrong. `release` is to be called where the page is left afterwards.
 */
export function RegistryForm({
  initial,
  typesInUse = [],
  isReadOnly = false,
  action,
  children,
  save,
}: {
  initial: RegistryValues
  typesInUse?: readonly string[]
  isReadOnly?: boolean
  action: string
  /** What stands beside the button. */
  children?: ReactNode
  save(values: RegistryValues, release: () => void): Promise<unknown>
}) {
  const [problem, setProblem] = useState<unknown>()
  const form = useForm<RegistryValues>({
    initialValues: initial,
    validate: { artifactTypes: (_, values) => typesProblem(values) ?? null },
  })
  const release = useLeaveGuard(form.isDirty())
  const { name, takes } = form.values

  async function submit(values: RegistryValues) {
    const refused = await save(values, release)
    if (refused === undefined) form.resetDirty()
    setProblem(refused === undefined ? undefined : showOnFields(form, refused))
  }

  /** One that is in use cannot go: the server would refuse it, and this says why at once. */
  function setTypes(wanted: string[]) {
    const kept = typesInUse.filter((type) => !wanted.includes(type))
    form.setFieldValue('artifactTypes', [...kept, ...wanted])
    if (kept.length > 0) form.setFieldError('artifactTypes', `There are collections of the type ${kept[0]}: it stays.`)
  }

  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Fieldset variant="unstyled" disabled={isReadOnly} m={0} miw={0}>
        <Stack gap="lg" maw={640}>
          <TextInput
            label="Name"
            description={
              initial.name === '' || name.trim() === initial.name
                ? `Scripts link to it as wandb-registry-${name.trim() || '…'}/collection`
                : 'Paths with the old name, also those in scripts, lead nowhere afterwards.'
            }
            required
            maxLength={113}
            autoComplete="off"
            data-autofocus
            {...form.getInputProps('name')}
          />
          <Textarea
            label="Description"
            description="What belongs into it, and whom to ask."
            autosize
            minRows={2}
            maxRows={12}
            maxLength={65_536}
            {...form.getInputProps('description')}
          />
          <Radio.Group label="Who sees it" {...form.getInputProps('access')}>
            <Stack gap="xs" mt="xs">
              <Radio
                value="PRIVATE"
                label="Everybody in the organization"
                description="Each with the role that they have there; members of the registry may do more."
              />
              <Radio
                value="RESTRICTED"
                label="Only its members"
                description="And the administrators of the organization. For everybody else it is not there."
              />
            </Stack>
          </Radio.Group>
          <Radio.Group label="Types of artifacts it takes" {...form.getInputProps('takes')}>
            <Group gap="lg" mt="xs">
              <Radio value="all" label="Every type" />
              <Radio value="chosen" label="Only these" />
            </Group>
          </Radio.Group>
          {takes === 'chosen' && (
            <TagsInput
              label="Allowed types"
              description={
                typesInUse.length === 0
                  ? 'Enter adds one.'
                  : `Enter adds one. Those of collections here stay: ${typesInUse.join(', ')}.`
              }
              data={TYPES_OFTEN_USED}
              error={form.errors.artifactTypes}
              value={form.values.artifactTypes}
              onChange={setTypes}
              maxTags={1_000}
            />
          )}
          {problem !== undefined && <ProblemAlert error={problem} />}
          {!isReadOnly && (
            <Group>
              <Button type="submit" loading={form.submitting} disabled={initial.name !== '' && !form.isDirty()}>
                {action}
              </Button>
              {children}
            </Group>
          )}
        </Stack>
      </Fieldset>
    </form>
  )
}

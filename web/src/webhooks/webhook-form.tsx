import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { type UseFormReturnType, useForm } from '@mantine/form'
import { IconSend } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState } from 'react'
import { asProblem, type Problem } from '../api/client'
import { showOnFields } from '../ui/form-problem'
import { KeyValueEditor } from '../ui/key-value-editor'
import { ProblemAlert } from '../ui/problem-alert'
import { AdvancedFields } from './advanced-fields'
import { problemsOf, settingsOf, urlWarning, type WebhookValues } from './form-values'
import { type TargetKind, useSecrets } from './queries'
import { SecretSelect, SecretsSelect } from './secret-select'
import { Section } from './section'
import { SignatureFields } from './signature-fields'
import { TargetIcon } from './target-icon'
import { useTargets } from './targets'
import { TestDrawer, type TestTask } from './test-drawer'

export type WebhookForm = UseFormReturnType<WebhookValues>

/** The form of a webhook, new or old, in a page or above another form. */
export function WebhookFormView({
  entity,
  initial,
  action,
  isChanged = false,
  headingOrder = 2,
  onDirty,
  cancel,
  save,
}: {
  entity: string
  initial: WebhookValues
  action: string
  /** There is something to save as it stands: a copy. */
  isChanged?: boolean
  headingOrder?: 2 | 3
  /** Told whether something would be lost. */
  onDirty?(isDirty: boolean): void
  /** What leads away from it without saving. */
  cancel: ReactNode
  /** Resolves to what was refused, or to nothing once it is saved. */
  save(values: WebhookValues): Promise<unknown>
}) {
  const form: WebhookForm = useForm({ initialValues: initial, validate: problemsOf, validateInputOnBlur: true })
  const [problem, setProblem] = useState<Problem>()
  const [testTask, setTestTask] = useState<TestTask>()
  const secrets = useSecrets(entity)
  const isDirty = form.isDirty()
  useEffect(() => onDirty?.(isDirty), [onDirty, isDirty])
  const values = form.getValues()

  async function submit(values: WebhookValues) {
    setProblem(undefined)
    const error = await save(values)
    if (error !== undefined) setProblem(showProblem(form, error))
  }

  function test() {
    if (form.validate().hasErrors) return
    const { name, ...settings } = settingsOf(form.getValues())
    setTestTask({ name, settings })
  }

  return (
    <form
      onSubmit={(event) => {
        // It may stand above another form, which must not be sent with it.
        event.stopPropagation()
        form.onSubmit(submit)(event)
      }}
      noValidate
    >
      <Stack gap="xl" maw={720}>
        <Section title="Receiver" order={headingOrder}>
          <TextInput
            label="Name"
            description="How automations and the wandb client call it."
            required
            autoComplete="off"
            maxLength={64}
            data-autofocus
            autoFocus={initial.name === ''}
            {...form.getInputProps('name')}
          />
          <TargetSelect value={values.target} onChange={(target) => form.setFieldValue('target', target)} />
          <UrlInput form={form} />
        </Section>
        <Section title="Credentials" order={headingOrder}>
          <SecretSelect
            entity={entity}
            label="Access token"
            description="Sent with every request as “Authorization: Bearer …”."
            {...form.getInputProps('accessTokenSecret')}
          />
          <SecretSelect
            entity={entity}
            label="Signing secret"
            description="Signs every request, so that the receiver can tell that it comes from here."
            {...form.getInputProps('signingSecret')}
          />
          {values.signingSecret !== null && <SignatureFields form={form} />}
          <SecretsSelect
            entity={entity}
            label="Further secrets"
            description="What payloads may refer to as ${NAME}, besides the two above."
            {...form.getInputProps('secrets')}
          />
          <KeyValueEditor
            label="Headers"
            description="Sent with every request. A value may contain secrets as ${NAME}: type $ to choose one."
            what="header"
            rows={values.headers}
            onChange={(headers) => form.setFieldValue('headers', headers)}
            references={secrets.rows.map(({ name }) => name)}
            errors={Object.fromEntries(values.headers.map((_, index) => [index, form.errors[`headers.${index}`]]))}
          />
        </Section>
        <AdvancedFields form={form} />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group>
          <Button type="submit" loading={form.submitting} disabled={!isChanged && initial.name !== '' && !isDirty}>
            {action}
          </Button>
          <Button variant="default" leftSection={<IconSend size={16} aria-hidden />} onClick={test}>
            Test…
          </Button>
          {cancel}
        </Group>
      </Stack>
      <TestDrawer entity={entity} task={testTask} onClose={() => setTestTask(undefined)} />
    </form>
  )
}

function TargetSelect({ value, onChange }: { value: TargetKind | ''; onChange(target: TargetKind | ''): void }) {
  const targets = useTargets().map(({ target, label }) => ({ value: target, label }))
  return (
    <Select
      label="What it is"
      description="By whose rules its answers are judged: Slack, for one, refuses with status 200."
      data={[{ value: '', label: 'As the URL shows' }, ...targets]}
      value={value}
      onChange={(target) => onChange((target ?? '') as TargetKind | '')}
      allowDeselect={false}
      searchable
      leftSection={<TargetIcon target={value === '' ? 'generic' : value} />}
      renderOption={({ option }) => (
        <Group gap="sm" wrap="nowrap">
          <TargetIcon target={option.value === '' ? 'generic' : (option.value as TargetKind)} />
          {option.label}
        </Group>
      )}
    />
  )
}

function UrlInput({ form }: { form: WebhookForm }) {
  const { target, url } = form.getValues()
  const targets = useTargets()
  const about = targets.find((each) => each.target === (target === '' ? 'generic' : target))
  const warning = urlWarning(url)
  return (
    <div>
      <TextInput
        label="URL"
        description="Stored sealed, and shown whole to admins alone. It may contain secrets as ${NAME}."
        placeholder={about?.urlExample}
        required
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('url')}
      />
      {warning !== undefined && (
        <Text size="xs" c="var(--mantine-color-orange-light-color)" mt={4} role="status">
          {warning}
        </Text>
      )}
      {target !== '' && about !== undefined && (
        <Text size="xs" c="dimmed" mt={4}>
          {about.needs} Counts as arrived: {about.success}
        </Text>
      )}
    </div>
  )
}

/** Puts what the server refused beside the fields, headers too; what is left is shown above the buttons. */
function showProblem(form: WebhookForm, error: unknown): Problem | undefined {
  const { headers } = form.getValues()
  for (const { path, message } of asProblem(error).errors ?? []) {
    const header = /^\/?headers\/(.+)$/.exec(path)?.[1]?.replaceAll('~1', '/').replaceAll('~0', '~')
    const index = headers.findIndex(({ name }) => name.trim() === header)
    if (header !== undefined && index !== -1) form.setFieldError(`headers.${index}`, message)
  }
  return showOnFields(form, error)
}

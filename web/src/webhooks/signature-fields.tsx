import { Checkbox, Group, Input, Select, Stack } from '@mantine/core'
import type { WebhookForm } from './webhook-form'

const WANDB = [
  { value: 'base64', label: 'base64' },
  { value: 'hex', label: 'hex' },
]

/** How requests are signed; receivers look at the header they know. */
export function SignatureFields({ form }: { form: WebhookForm }) {
  const { wandb } = form.getValues()
  return (
    <Input.Wrapper label="Signatures" description="Several at once do no harm: a receiver looks at the one it knows.">
      <Stack gap="xs" mt="xs">
        <Checkbox
          label="Standard Webhooks"
          description="webhook-signature, over the id, the time and the body: best, as nobody can send it again later."
          {...form.getInputProps('standard', { type: 'checkbox' })}
        />
        <Group gap="sm" align="flex-start">
          <Checkbox
            label="W&B"
            description="X-Wandb-Signature, over the body."
            checked={wandb !== 'off'}
            onChange={(event) => form.setFieldValue('wandb', event.currentTarget.checked ? 'base64' : 'off')}
          />
          {wandb !== 'off' && (
            <Select
              aria-label="Form of X-Wandb-Signature"
              data={WANDB}
              allowDeselect={false}
              size="xs"
              w={100}
              {...form.getInputProps('wandb')}
            />
          )}
        </Group>
        <Checkbox
          label="GitHub"
          description="X-Hub-Signature-256, over the body."
          {...form.getInputProps('github', { type: 'checkbox' })}
        />
      </Stack>
    </Input.Wrapper>
  )
}

import { Button, Group, MultiSelect, Select } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { useSecrets } from './queries'
import { SecretModal } from './secret-modal'

type Common = { entity: string; label: string; description?: ReactNode; error?: ReactNode }

/** One of the entity's secrets, or a new one, which is stored in between. */
export function SecretSelect({
  entity,
  value = null,
  onChange,
  ...rest
}: Common & { value?: string | null; onChange(name: string | null): void }) {
  const { data, isPending } = useChoices(entity, value === null ? [] : [value])
  const withNew = useNewSecret(entity, rest.label, onChange)
  return (
    <Select
      {...rest}
      data={data}
      value={value}
      onChange={onChange}
      placeholder={isPending ? 'Loading…' : 'None'}
      nothingFoundMessage="No secret is called like that"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Clear: ${rest.label}` }}
      inputContainer={withNew}
    />
  )
}

/** Any of the entity's secrets, or new ones. */
export function SecretsSelect({
  entity,
  value = [],
  onChange,
  ...rest
}: Common & { value?: string[]; onChange(names: string[]): void }) {
  const { data, isPending } = useChoices(entity, value)
  const withNew = useNewSecret(entity, rest.label, (name) => onChange([...new Set([...value, name])]))
  return (
    <MultiSelect
      {...rest}
      data={data}
      value={value}
      onChange={onChange}
      placeholder={value.length > 0 ? undefined : isPending ? 'Loading…' : 'None'}
      nothingFoundMessage="No secret is called like that"
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Clear: ${rest.label}` }}
      inputContainer={withNew}
    />
  )
}

/** What there is, and what is chosen though it is not there (any more). */
function useChoices(entity: string, chosen: string[]): { data: string[]; isPending: boolean } {
  const { rows, isPending } = useSecrets(entity)
  return { data: [...new Set([...rows.map(({ name }) => name), ...chosen])], isPending }
}

/** The input with a button beside it that stores a secret. */
function useNewSecret(entity: string, label: string, onStored: (name: string) => void) {
  const [isOpen, setOpen] = useState(false)
  return (input: ReactNode) => (
    <Group gap="xs" wrap="nowrap" align="flex-end">
      <div style={{ flex: 1, minWidth: 0 }}>{input}</div>
      <Button
        variant="default"
        px="sm"
        leftSection={<IconPlus size={14} aria-hidden />}
        aria-label={`New secret: ${label}`}
        onClick={() => setOpen(true)}
      >
        New
      </Button>
      <SecretModal entity={entity} task={isOpen ? {} : undefined} onClose={() => setOpen(false)} onStored={onStored} />
    </Group>
  )
}

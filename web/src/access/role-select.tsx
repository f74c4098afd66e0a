import { Button, Select } from '@mantine/core'

export type Role = 'admin' | 'member' | 'viewer'

/** What each role may do, in a line. */
const ROLES: { value: Role; label: string; may: string }[] = [
  { value: 'viewer', label: 'Viewer', may: 'sees everything but secrets' },
  { value: 'member', label: 'Member', may: 'logs artifacts, makes automations' },
  { value: 'admin', label: 'Admin', may: 'manages members, webhooks, secrets' },
]

export function roleLabel(role: Role): string {
  return ROLES.find(({ value }) => value === role)?.label ?? role
}

/** Chooses a role; with a label of its own in a form, and named by `of` in a table. */
export function RoleSelect({
  value,
  onChange,
  label,
  of,
  disabled,
}: {
  value: Role
  onChange(role: Role): void
  label?: string
  of?: string
  disabled?: boolean
}) {
  return (
    <Select
      label={label}
      aria-label={label === undefined ? `Role of ${of}` : undefined}
      size={label === undefined ? 'xs' : 'sm'}
      w={label === undefined ? 110 : 140}
      data={ROLES.map(({ value, label }) => ({ value, label }))}
      renderOption={({ option }) => {
        const role = ROLES.find(({ value }) => value === option.value)
        return (
          <span>
            {role?.label}: {role?.may}
          </span>
        )
      }}
      comboboxProps={{ width: 300, position: 'bottom-end' }}
      allowDeselect={false}
      value={value}
      disabled={disabled}
      onChange={(role) => {
        if (role !== null && role !== value) onChange(role as Role)
      }}
    />
  )
}

/** The end of a line that adds somebody: as what, and the button. */
export function RoleAndAdd({ role, onChange, isBusy }: { role: Role; onChange(role: Role): void; isBusy: boolean }) {
  return (
    <>
      <RoleSelect label="Role" value={role} onChange={onChange} />
      <Button type="submit" mt={25} loading={isBusy}>
        Add
      </Button>
    </>
  )
}

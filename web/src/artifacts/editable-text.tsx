import { Button, Group, Stack, Text, Textarea, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { ProblemAlert } from '../ui/problem-alert'
import { useLeaveGuard } from '../ui/use-leave-guard'
import classes from './editable.module.css'

/**
 * Text that is changed where it stands: Ctrl or Cmd with Enter saves, Escape leaves it as it was. Shown as it was
 * written, line by line, never as anything but text.
 *
 * - `save`: resolves to what went wrong, or `undefined`.
 */
export function EditableText({
  label,
  value,
  placeholder,
  isReadOnly = false,
  save,
}: {
  label: string
  value: string | null
  placeholder: string
  isReadOnly?: boolean
  save(value: string | null): Promise<unknown>
}) {
  const [draft, setDraft] = useState<string>()
  const [isSaving, setSaving] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const opener = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  const isOpen = draft !== undefined
  useLeaveGuard(isOpen && draft !== (value ?? ''))
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen])

  if (isReadOnly) {
    return value === null || value === '' ? (
      <Text c="dimmed" size="sm">
        No {label.toLowerCase()}
      </Text>
    ) : (
      <Text size="sm" className={classes.text}>
        {value}
      </Text>
    )
  }
  if (draft === undefined) {
    return (
      <UnstyledButton ref={opener} className={classes.opener} onClick={() => setDraft(value ?? '')}>
        {value && <VisuallyHidden>Edit: {label}. </VisuallyHidden>}
        <Text size="sm" component="span" className={classes.text} c={value ? undefined : 'dimmed'}>
          {value || placeholder}
        </Text>
        <IconPencil size={14} className={classes.pencil} aria-hidden />
      </UnstyledButton>
    )
  }

  async function submit() {
    setSaving(true)
    const refused = await save(draft?.trim() ? draft : null)
    setSaving(false)
    setProblem(refused)
    if (refused === undefined) setDraft(undefined)
  }
  const leave = () => {
    setDraft(undefined)
    setProblem(undefined)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Stack gap="xs">
        <Textarea
          aria-label={label}
          value={draft}
          autosize
          minRows={2}
          maxRows={16}
          autoFocus
          maxLength={65_536}
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && draft === (value ?? '')) leave()
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit()
          }}
        />
        {problem !== undefined && <ProblemAlert error={problem} />}
        <Group gap="xs">
          <Button type="submit" size="xs" loading={isSaving}>
            Save
          </Button>
          <Button size="xs" variant="default" onClick={leave}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

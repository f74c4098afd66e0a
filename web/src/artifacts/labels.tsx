import { ActionIcon, Badge, Button, CloseButton, Group, TextInput, Tooltip } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { asProblem } from '../api/client'
import { Chip, type ChipColor } from '../ui/chip'
import { useLeaveGuard } from '../ui/use-leave-guard'
import classes from './names.module.css'

/** Aliases or tags, to be read. More than `max` are counted. */
export function Labels({
  values,
  color = 'gray',
  max,
}: {
  values: readonly string[]
  color?: ChipColor
  max?: number
}) {
  const shown = max === undefined ? values : values.slice(0, max)
  const hidden = values.slice(shown.length)
  return (
    <span className={classes.labels}>
      {shown.map((value) => (
        <Chip key={value} color={color}>
          {value}
        </Chip>
      ))}
      {hidden.length > 0 && (
        <Tooltip label={hidden.slice(0, 30).join(', ')} multiline maw={400}>
          <Badge variant="default" radius="sm" tt="none" fw={500}>
            +{hidden.length}
          </Badge>
        </Tooltip>
      )}
    </span>
  )
}

function Label({ children, color, onRemove, removeLabel }: LabelProps) {
  return (
    <Chip
      color={color}
      end={onRemove && <CloseButton size={16} iconSize={12} c="inherit" aria-label={removeLabel} onClick={onRemove} />}
    >
      {children}
    </Chip>
  )
}

type LabelProps = { children: ReactNode; color: ChipColor; onRemove?: (() => void) | undefined; removeLabel?: string }

/**
 * Aliases or tags that are given and taken where they stand. Enter gives, Escape leaves.
 *
 * - `what`: the word for one of them.
 * - `add`: resolves when it is done, or to why it was refused, which is shown beside what was typed.
 * - `remove`: resolves when it is done, or refused and said so.
 */
export function EditableLabels({
  what,
  values,
  color = 'gray',
  isReadOnly = false,
  add,
  remove,
}: {
  what: string
  values: readonly string[]
  color?: ChipColor
  isReadOnly?: boolean
  add(value: string): unknown
  remove(value: string): Promise<void> | void
}) {
  const [isAdding, setAdding] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const wasAdding = useRef(false)
  useEffect(() => {
    if (wasAdding.current && !isAdding) opener.current?.focus()
    wasAdding.current = isAdding
  }, [isAdding])
  return (
    <Group gap={6}>
      {values.map((value) => (
        <Label
          key={value}
          color={color}
          onRemove={isReadOnly ? undefined : () => void remove(value)}
          removeLabel={`Remove ${what} ${value}`}
        >
          {value}
        </Label>
      ))}
      {!isReadOnly && !isAdding && (
        <Tooltip label={`Add ${what}`}>
          <ActionIcon
            ref={opener}
            size={22}
            variant="default"
            aria-label={`Add ${what}`}
            onClick={() => setAdding(true)}
          >
            <IconPlus size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      {isAdding && <NewLabel what={what} add={add} close={() => setAdding(false)} />}
    </Group>
  )
}

function NewLabel({ what, add, close }: { what: string; add(value: string): unknown; close(): void }) {
  const [value, setValue] = useState('')
  const [problem, setProblem] = useState<unknown>()
  useLeaveGuard(value.trim() !== '')
  const [isBusy, setBusy] = useState(false)
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault()
        const wanted = value.trim()
        if (wanted === '') return close()
        setBusy(true)
        const refused = await add(wanted)
        setBusy(false)
        if (refused === undefined) return close()
        setProblem(refused)
      }}
    >
      <Group gap={4} wrap="nowrap" align="flex-start">
        <TextInput
          size="xs"
          w={170}
          aria-label={`New ${what}`}
          placeholder={`New ${what}`}
          value={value}
          autoFocus
          autoComplete="off"
          maxLength={128}
          error={problem === undefined ? undefined : asProblem(problem).detail}
          onChange={(event) => {
            setValue(event.currentTarget.value)
            setProblem(undefined)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') close()
          }}
        />
        <Button size="xs" type="submit" loading={isBusy}>
          Add
        </Button>
      </Group>
    </form>
  )
}

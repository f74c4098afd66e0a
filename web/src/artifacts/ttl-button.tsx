import { Button, Group, NumberInput, Popover, Radio, Stack, UnstyledButton } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { ProblemAlert } from '../ui/problem-alert'
import { useLeaveGuard } from '../ui/use-leave-guard'
import classes from './editable.module.css'
import { choiceOf, type TimeToLive, timeToLiveOf, timeToLiveWords } from './time-to-live'

/**
 * How long versions live, changed where it stands.
 *
 * - `save`: resolves to what went wrong, or `undefined`.
 */
export function TtlButton({
  value,
  isReadOnly,
  inherited,
  save,
}: {
  value: TimeToLive
  isReadOnly: boolean
  /** From what it is inherited, in words. */
  inherited: string
  save(value: TimeToLive): Promise<unknown>
}) {
  const [isOpen, setOpen] = useState(false)
  const [choice, setChoice] = useState(choiceOf(value))
  const [problem, setProblem] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  useLeaveGuard(isOpen && JSON.stringify(timeToLiveOf(choice)) !== JSON.stringify(value))
  const words = value === 'inherit' ? `As ${inherited}` : timeToLiveWords(value)
  if (isReadOnly) return <>{words}</>
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-start" trapFocus returnFocus withArrow>
      <Popover.Target>
        <UnstyledButton
          className={classes.opener}
          fz="sm"
          aria-label={`Time to live: ${words}. Change it`}
          onClick={() => {
            setChoice(choiceOf(value))
            setProblem(undefined)
            setOpen(!isOpen)
          }}
        >
          <span className={classes.line}>{words}</span>
          <IconPencil size={14} className={classes.pencil} aria-hidden />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={async (event) => {
            event.preventDefault()
            setBusy(true)
            const refused = await save(timeToLiveOf(choice))
            setBusy(false)
            setProblem(refused)
            if (refused === undefined) setOpen(false)
          }}
        >
          <Stack gap="sm" maw={280}>
            <Radio.Group
              label="Time to live"
              description="Counted from when a version was made. One with an alias other than latest, or linked into a registry, is kept."
              value={choice.kind}
              onChange={(kind) => setChoice({ ...choice, kind: kind as typeof choice.kind })}
            >
              <Stack gap={8} mt="xs">
                <Radio value="inherit" label={`As ${inherited}`} />
                <Radio value="never" label="Never expires" />
                <Radio value="days" label="So many days" />
              </Stack>
            </Radio.Group>
            {choice.kind === 'days' && (
              <NumberInput
                label="Days"
                min={0.01}
                max={36_500}
                value={choice.days}
                onChange={(days) => setChoice({ ...choice, days: Number(days) || 0 })}
              />
            )}
            {problem !== undefined && <ProblemAlert error={problem} />}
            <Group justify="flex-end">
              <Button size="xs" type="submit" loading={isBusy}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

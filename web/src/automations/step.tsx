import { Box, Button, Collapse, Group, Paper, Text, Title, UnstyledButton } from '@mantine/core'
import { IconAlertCircle, IconCheck, IconChevronDown } from '@tabler/icons-react'
import { type ReactNode, useId } from 'react'
import classes from './form.module.css'

export type StepState = 'complete' | 'incomplete' | 'wrong'

/** One step of the form: its number, what was chosen in it while it is closed, what is wrong with it. */
export function StepSection({
  number,
  title,
  summary,
  state,
  problems,
  isOpen,
  onToggle,
  onContinue,
  children,
}: {
  number: number
  title: string
  summary: string
  state: StepState
  /** Said below its fields once somebody has been through it. */
  problems: string[]
  isOpen: boolean
  onToggle(): void
  onContinue?(): void
  children: ReactNode
}) {
  const id = useId()
  return (
    <Paper withBorder component="section" aria-labelledby={`${id}-title`}>
      <UnstyledButton
        className={classes.head}
        onClick={onToggle}
        aria-expanded={isOpen}
        aria-controls={`${id}-body`}
        data-step={title}
      >
        <Box className={classes.number} data-open={isOpen || undefined} aria-hidden>
          {number}
        </Box>
        <Box flex={1} miw={0}>
          <Title order={2} size="h3" id={`${id}-title`} lh="26px">
            {title}
          </Title>
          {!isOpen && (
            <Text size="sm" c="dimmed" lineClamp={2}>
              {summary}
            </Text>
          )}
        </Box>
        <State state={state} />
        <IconChevronDown size={18} aria-hidden style={{ marginTop: 4, rotate: isOpen ? '180deg' : undefined }} />
      </UnstyledButton>
      <Collapse expanded={isOpen} id={`${id}-body`}>
        <Box className={classes.body}>
          {children}
          {problems.length > 0 && (
            <Box role="alert" mt="sm">
              {problems.map((problem) => (
                <Text key={problem} size="sm" c="var(--mantine-color-error)">
                  {problem}
                </Text>
              ))}
            </Box>
          )}
          {onContinue !== undefined && (
            <Group mt="md">
              <Button variant="light" onClick={onContinue}>
                Continue
              </Button>
            </Group>
          )}
        </Box>
      </Collapse>
    </Paper>
  )
}

function State({ state }: { state: StepState }) {
  if (state === 'complete') {
    return (
      <IconCheck
        size={20}
        color="var(--mantine-color-teal-7)"
        role="img"
        aria-label="Complete"
        style={{ marginTop: 3 }}
      />
    )
  }
  if (state === 'incomplete') return null
  return (
    <IconAlertCircle
      size={20}
      color="var(--mantine-color-error)"
      role="img"
      aria-label="Something is wrong here"
      style={{ marginTop: 3 }}
    />
  )
}

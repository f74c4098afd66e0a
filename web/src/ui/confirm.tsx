import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react'

type Question = {
  title: string
  /** What will happen, in words: what is lost, and what is not. */
  children: ReactNode
  /** What the button says: the verb. */
  action: string
  isDangerous?: boolean
  /** To be typed before the button works, for what cannot be undone and hits many. */
  typed?: string
}

const Context = createContext<(question: Question) => Promise<boolean>>(async () => false)

/** Asks before something is done; resolves to whether to do it: `if (await confirm({ … })) remove()`. */
export function useConfirm(): (question: Question) => Promise<boolean> {
  return useContext(Context)
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question>()
  const [isOpen, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const answer = useRef<(isYes: boolean) => void>(undefined)

  const ask = useCallback((question: Question) => {
    answer.current?.(false)
    setQuestion(question)
    setTyped('')
    setOpen(true)
    return new Promise<boolean>((resolve) => {
      answer.current = resolve
    })
  }, [])

  const close = (isYes: boolean) => {
    setOpen(false)
    answer.current?.(isYes)
    answer.current = undefined
  }

  const isReady = question?.typed === undefined || typed === question.typed
  return (
    <Context.Provider value={ask}>
      {children}
      <Modal opened={isOpen} onClose={() => close(false)} title={question?.title} centered>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (isReady) close(true)
          }}
        >
          <Stack>
            <Text component="div" size="sm">
              {question?.children}
            </Text>
            {question?.typed !== undefined && (
              <TextInput
                label={`Type ${question.typed} to go on`}
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
                autoComplete="off"
                data-autofocus
              />
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => close(false)} data-autofocus={isFirst(question, 'cancel')}>
                Cancel
              </Button>
              <Button
                type="submit"
                color={question?.isDangerous ? 'red.8' : undefined}
                disabled={!isReady}
                data-autofocus={isFirst(question, 'do')}
              >
                {question?.action}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Context.Provider>
  )
}

/** Whether the keyboard begins there: where an Enter too many does no harm. `undefined`: elsewhere. */
function isFirst(question: Question | undefined, button: 'cancel' | 'do'): true | undefined {
  if (question === undefined || question.typed !== undefined) return undefined
  return (button === 'cancel') === (question.isDangerous === true) || undefined
}

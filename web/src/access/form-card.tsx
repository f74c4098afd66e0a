import { Paper, Stack, Title } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'

/** A form that is a part of its page, with a title of its own. */
export function FormCard({
  title,
  onSubmit,
  children,
}: {
  title: string
  onSubmit(event: FormEvent<HTMLFormElement>): void
  children: ReactNode
}) {
  return (
    <Paper withBorder p="lg">
      <form onSubmit={onSubmit} noValidate>
        <Stack>
          <Title order={2} size="h3">
            {title}
          </Title>
          {children}
        </Stack>
      </form>
    </Paper>
  )
}

import { Stack, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A part of a form under a heading of its own. */
export function Section({ title, order = 2, children }: { title: string; order?: 2 | 3; children: ReactNode }) {
  const id = useId()
  return (
    <Stack component="section" gap="md" aria-labelledby={id}>
      <Title order={order} id={id}>
        {title}
      </Title>
      {children}
    </Stack>
  )
}

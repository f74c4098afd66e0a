import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** What a list shows that has nothing yet: what would be here, and how it comes about. */
export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      {icon}
      <Title order={2} size="h3">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" size="sm" maw={520}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  )
}

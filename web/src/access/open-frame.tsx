import { Box, Container, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { ColorSchemeButton } from '../app/color-scheme-button'
import { Logo } from '../app/logo'

/** The frame of pages for who is not signed in: what the page is for, and one thing to do. */
export function OpenFrame({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Tripline`
  }, [title])
  return (
    <>
      <Group justify="space-between" p="sm">
        <Group gap="xs">
          <Logo />
          <Text fw={700}>Tripline</Text>
        </Group>
        <ColorSchemeButton />
      </Group>
      <Container component="main" size={460} pt={{ base: 16, sm: 56 }} pb={64}>
        <Paper withBorder p={{ base: 'md', sm: 'xl' }}>
          <Stack>
            <Box>
              <Title order={1} size="h2">
                {title}
              </Title>
              {lead !== undefined && (
                <Text c="dimmed" size="sm" mt={4}>
                  {lead}
                </Text>
              )}
            </Box>
            {children}
          </Stack>
        </Paper>
      </Container>
    </>
  )
}

import { Alert, Stack, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { CodeBlock } from '../ui/copy'

/** A key that has just been made: to be copied now, since it is shown this once. */
export function KeyOnce({ apiKey, of }: { apiKey: string; of: string }) {
  return (
    <Alert
      icon={<IconKey aria-hidden />}
      title={`${of}: copy it now`}
      color="green"
      role="status"
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="xs">
        <Text size="sm">It is shown this once. Whoever has it can do what its owner can.</Text>
        <CodeBlock code={apiKey} label={of} />
      </Stack>
    </Alert>
  )
}

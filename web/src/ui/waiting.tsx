import { Skeleton, Stack } from '@mantine/core'

/** What a page shows until what it is about has come: as much room as that will take. */
export const WAITING = (
  <Stack gap="lg" mih={400} aria-busy>
    <Skeleton height={18} width="40%" />
    <Skeleton height={18} width="70%" />
    <Skeleton height={180} />
  </Stack>
)

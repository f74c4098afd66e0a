import { Button } from '@mantine/core'
import { IconShield } from '@tabler/icons-react'
import { Link, Outlet } from 'react-router'
import { useViewer } from '../app/session'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'

/** The pages of the server are for its administrators; the server itself refuses everybody else as well. */
export function RequireAdmin() {
  if (useViewer().admin) return <Outlet />
  return (
    <Page title="Administration">
      <EmptyState
        icon={<IconShield size={32} aria-hidden />}
        title="For administrators of this server"
        action={
          <Button component={Link} to="/" variant="default">
            Go to Home
          </Button>
        }
      >
        Users, organizations and the audit of the whole server are here. Ask one of its administrators for what you
        need.
      </EmptyState>
    </Page>
  )
}

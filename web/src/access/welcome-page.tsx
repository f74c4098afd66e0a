import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { useViewer } from '../app/session'
import { Page } from '../ui/page'
import { WelcomeSteps } from './welcome-steps'

export function WelcomePage() {
  const viewer = useViewer()
  return (
    <Page
      title="Welcome"
      heading={`Welcome, ${viewer.name ?? viewer.username}`}
      subtitle="Four steps to the first artifact. It takes about two minutes."
      actions={
        <Anchor component={Link} to="/" size="sm">
          Not now: go to Home
        </Anchor>
      }
    >
      <WelcomeSteps />
    </Page>
  )
}

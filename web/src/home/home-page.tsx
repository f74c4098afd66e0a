import { useViewer } from '../app/session'
import { EmptyState } from '../ui/empty-state'
import { Page } from '../ui/page'

export function HomePage() {
  const viewer = useViewer()
  return (
    <Page title="Home" heading={`Hello, ${viewer.name ?? viewer.username}`}>
      <EmptyState title="Nothing has happened yet">
        Log an artifact with the wandb client, and it shows here.
      </EmptyState>
    </Page>
  )
}

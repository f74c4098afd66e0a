import { useViewer } from '../app/session'
import { Page } from '../ui/page'
import { ApiKeys } from './api-keys'

export function ApiKeysPage() {
  const { username } = useViewer()
  return (
    <Page title="API keys" subtitle="Programs use them to act as you: the wandb client, scripts, the REST API.">
      <ApiKeys username={username} />
    </Page>
  )
}

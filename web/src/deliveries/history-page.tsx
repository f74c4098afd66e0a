import { Tabs } from '@mantine/core'
import { useLiveEvents } from '../api/live'
import { NotFound } from '../app/route-failure'
import { useArea } from '../app/use-area'
import { Page } from '../ui/page'
import { useUrlState } from '../ui/use-url-state'
import { DeadLetters } from './dead-letters'
import { DeliveriesTab } from './deliveries-tab'
import { ExecutionsTab } from './executions-tab'
import { ReplaysTab } from './replays-tab'

/** What the automations of an entity did, or what they did in one project. */
export function HistoryPage() {
  const area = useArea()
  const [tab, setTab] = useUrlState('tab', 'executions')
  const entity = 'entity' in area ? area.entity : undefined
  useLiveEvents(entity)
  if (entity === undefined) return <NotFound />
  if ('project' in area) {
    const name = area.kind === 'registry' ? area.registry : area.project
    return (
      <Page title={`History of ${name}`} subtitle="What automations did because of something that happened here.">
        <ExecutionsTab entity={entity} place={`${entity}/${area.project}`} />
      </Page>
    )
  }
  return (
    <Page title={`History of ${entity}`} subtitle="What the automations did, and every request that was made for them.">
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="executions">Executions</Tabs.Tab>
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          <Tabs.Tab value="dead-letters">Dead letters</Tabs.Tab>
          <Tabs.Tab value="replays">Replays</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="executions" pt="md">
          <ExecutionsTab entity={entity} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries" pt="md">
          <DeliveriesTab entity={entity} />
        </Tabs.Panel>
        <Tabs.Panel value="dead-letters" pt="md">
          <DeadLetters entity={entity} />
        </Tabs.Panel>
        <Tabs.Panel value="replays" pt="md">
          <ReplaysTab entity={entity} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

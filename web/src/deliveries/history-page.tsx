import { useLiveEvents } from '../api/live'
import { NotFound } from '../app/route-failure'
import { useEntityName } from '../app/session'
import { useArea } from '../app/use-area'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { Page } from '../ui/page'
import { PageTabs } from '../ui/page-tabs'
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
  const called = useEntityName(entity ?? '')
  const crumbs = useAreaCrumbs()
  useLiveEvents(entity)
  if (entity === undefined) return <NotFound />
  if ('project' in area) {
    const name = area.kind === 'registry' ? area.registry : area.project
    return (
      <Page
        title={`History of ${name}`}
        crumbs={crumbs}
        subtitle="What automations did because of something that happened here."
      >
        <ExecutionsTab entity={entity} place={`${entity}/${area.project}`} />
      </Page>
    )
  }
  return (
    <Page
      title={`History of ${called}`}
      crumbs={crumbs}
      subtitle="What the automations did, and every request that was made for them."
    >
      <PageTabs
        value={tab}
        onChange={setTab}
        tabs={[
          { value: 'executions', label: 'Executions', panel: <ExecutionsTab entity={entity} /> },
          { value: 'deliveries', label: 'Deliveries', panel: <DeliveriesTab entity={entity} /> },
          { value: 'dead-letters', label: 'Dead letters', panel: <DeadLetters entity={entity} /> },
          { value: 'replays', label: 'Replays', panel: <ReplaysTab entity={entity} /> },
        ]}
      />
    </Page>
  )
}

import { Skeleton, Stack } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { $api, api, type Schemas } from '../api/client'
import { crumbsTo } from '../app/crumbs'
import { NotFound } from '../app/route-failure'
import { useViewer } from '../app/session'
import { useAreaCrumbs } from '../app/use-area-crumbs'
import { notifyDone } from '../ui/notify'
import { Page } from '../ui/page'
import { ProblemAlert } from '../ui/problem-alert'
import { AutomationForm } from './automation-form'
import { useAutomationChanges } from './changes'
import { changedParts, type Draft, draftOf, NEW_DRAFT, requestOf } from './draft'
import { automationPath, type Place, placeOfEntity, usePlace } from './place'

/** A new automation; with `?from=…`, a copy of another. */
export function NewAutomationPage() {
  const place = usePlace()
  const [params] = useSearchParams()
  const from = params.get('from')
  if (place === undefined) return <NotFound />
  return from === null ? <NewForm place={place} initial={draftAt(place)} /> : <Copy place={place} id={from} />
}

function Copy({ place, id }: { place: Place; id: string }) {
  const { data, error } = $api.useQuery('get', '/api/v1/automations/{id}', { params: { path: { id } } })
  if (error !== null && data === undefined) return <ProblemAlert error={error} />
  if (data === undefined) return <Loading title="Create automation" />
  return <NewForm place={place} initial={{ ...draftOf(data), name: `Copy of ${data.name}`.slice(0, 255) }} />
}

function NewForm({ place, initial }: { place: Place; initial: Draft }) {
  const { refresh } = useAutomationChanges()
  const go = useGoWhenSaved()

  async function save(draft: Draft) {
    const { data, error } = await api.POST('/api/v1/entities/{entity}/automations', {
      params: { path: { entity: place.entity } },
      body: requestOf(draft),
    })
    if (data === undefined) return error
    notifyDone(`“${data.name}” is created`)
    void refresh()
    go(automationPath(data.id))
  }

  return (
    <Page
      title="Create automation"
      crumbs={[...useAreaCrumbs(), { label: 'Automations', to: `${place.base}/automations` }]}
    >
      <Form place={place} initial={initial} isNew save={save} />
    </Page>
  )
}

/** The same form with all steps open. */
export function EditAutomationPage() {
  const { id = '' } = useParams()
  const { data, error, refetch } = $api.useQuery(
    'get',
    '/api/v1/automations/{id}',
    { params: { path: { id } } },
    // What is typed goes on from what was read first.
    { refetchOnWindowFocus: false, staleTime: 0 },
  )
  if (error !== null && data === undefined)
    return error.code === 'not_found' ? (
      <NotFound what="automation" />
    ) : (
      <ProblemAlert error={error} onRetry={refetch} />
    )
  if (data === undefined) return <Loading title="Edit automation" />
  return <EditForm automation={data} />
}

function EditForm({ automation }: { automation: Schemas['Automation'] }) {
  const viewer = useViewer()
  const { refresh } = useAutomationChanges()
  const go = useGoWhenSaved()
  const { id, name } = automation
  const [initial] = useState(draftOf(automation))
  const place = placeOfEntity(viewer, automation.entity)

  async function save(draft: Draft) {
    const body = changedParts(initial, draft)
    const { data, error } = await api.PATCH('/api/v1/automations/{id}', { params: { path: { id } }, body })
    if (data === undefined) return error
    notifyDone(`“${data.name}” is saved`)
    void refresh()
    go(automationPath(id))
  }

  return (
    <Page
      title={`Edit ${name}`}
      crumbs={[
        ...crumbsTo(viewer, automation.entity),
        { label: 'Automations', to: `${place.base}/automations` },
        { label: name, to: automationPath(id) },
      ]}
    >
      <Form place={place} initial={initial} isNew={false} save={save} />
    </Page>
  )
}

function Form({
  place,
  ...rest
}: {
  place: Place
  initial: Draft
  isNew: boolean
  save(draft: Draft): Promise<unknown>
}) {
  const viewer = useViewer()
  const isPersonal = viewer.entities.some(({ name, kind }) => name === place.entity && kind === 'user')
  // What it begins with stays, whatever is read again meanwhile.
  const [initial] = useState(rest.initial)
  return (
    <AutomationForm
      entity={place.entity}
      isOrganization={place.isOrganization}
      isPersonal={isPersonal}
      {...rest}
      initial={initial}
    />
  )
}

function Loading({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Stack>
        <Skeleton height={120} />
        <Skeleton height={120} />
      </Stack>
    </Page>
  )
}

/** A draft that watches where the page is. */
function draftAt({ project, registry, isOrganization }: Place): Draft {
  const scope = NEW_DRAFT.scope
  if (registry !== null)
    return { ...NEW_DRAFT, scope: { ...scope, type: 'registry', registry, project: project ?? '' } }
  if (project !== null) return { ...NEW_DRAFT, scope: { ...scope, project } }
  return isOrganization ? { ...NEW_DRAFT, scope: { ...scope, type: 'registry' } } : NEW_DRAFT
}

/** Goes on once the form has nothing left to lose, so that leaving it is not asked about. */
function useGoWhenSaved(): (path: string) => void {
  const navigate = useNavigate()
  const [to, setTo] = useState<string>()
  useEffect(() => {
    if (to !== undefined) void navigate(to)
  }, [to, navigate])
  return setTo
}

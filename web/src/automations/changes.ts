import { type InfiniteData, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, type Schemas } from '../api/client'
import { useConfirm } from '../ui/confirm'
import { notifyDone, notifyProblem } from '../ui/notify'

type Automation = Pick<Schemas['Automation'], 'id' | 'name'>
type Pages = InfiniteData<{ items: Schemas['ListedAutomation'][] }>

/** What happens then, for whoever is asked. */
const DELETION =
  'It fires no more, from now on. Deliveries that are waiting or being sent go on to their end, and its history stays. This cannot be undone; to stop it for a while, switch it off instead.'

const LIST = ['get', '/api/v1/entities/{entity}/automations']
const ONE = ['get', '/api/v1/automations/{id}']

/** What one does to an automation that exists; every list and page that shows it follows. */
export function useAutomationChanges() {
  const queries = useQueryClient()
  const confirm = useConfirm()
  const [busy, setBusy] = useState(false)

  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: LIST }),
      queries.invalidateQueries({ queryKey: ONE }),
      queries.invalidateQueries({ queryKey: ['get', '/api/v1/automations/{id}/revisions'] }),
      queries.invalidateQueries({ queryKey: ['get', '/api/v1/overview'] }),
    ])

  /** Shows at once what was asked for, and takes it back when the server refuses. */
  function show(id: string, enabled: boolean): void {
    const changed = <One extends { id: string }>(one: One) => (one.id === id ? { ...one, enabled } : one)
    queries.setQueriesData<Pages>({ queryKey: LIST }, (data) =>
      data === undefined || !('pages' in data)
        ? data
        : { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(changed) })) },
    )
    queries.setQueriesData<Schemas['Automation']>({ queryKey: ONE }, (one) => one && changed(one))
  }

  async function setEnabled({ id, name }: Automation, enabled: boolean) {
    await Promise.all([queries.cancelQueries({ queryKey: LIST }), queries.cancelQueries({ queryKey: ONE })])
    show(id, enabled)
    const { error } = await api.PATCH('/api/v1/automations/{id}', { params: { path: { id } }, body: { enabled } })
    if (error !== undefined) {
      show(id, !enabled)
      notifyProblem(error)
    } else notifyDone(enabled ? `“${name}” fires again` : `“${name}” is switched off`)
    await refresh()
  }

  /** Whether it is deleted now. */
  async function remove({ id, name }: Automation): Promise<boolean> {
    const isSure = await confirm({
      title: `Delete “${name}”?`,
      children: DELETION,
      action: 'Delete automation',
      isDangerous: true,
    })
    if (!isSure) return false
    const { error } = await api.DELETE('/api/v1/automations/{id}', { params: { path: { id } } })
    if (error !== undefined) {
      notifyProblem(error)
      return false
    }
    notifyDone(`“${name}” is deleted`)
    await refresh()
    return true
  }

  async function release({ id, name }: Automation) {
    setBusy(true)
    const { error } = await api.POST('/api/v1/automations/{id}/release', { params: { path: { id } } })
    setBusy(false)
    if (error !== undefined) return notifyProblem(error)
    notifyDone(`“${name}” fires again`)
    await refresh()
  }

  return { setEnabled, remove, release, isReleasing: busy, refresh }
}

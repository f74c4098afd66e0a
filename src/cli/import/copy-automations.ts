import type { Selection } from './arguments.ts'
import {
  type AutomationFacts,
  findScope,
  type Integrations,
  isTaken,
  makeAutomation,
  readEntityAutomations,
  readIntegrations,
  readProjectAutomations,
  sameScope,
  secretsIn,
} from './automations.ts'
import type { ProjectAddress } from './reading.ts'
import type { ImportReport } from './report.ts'
import { attempt, type Import, named, type ProjectWork, renamed } from './state.ts'

export async function copyAutomations(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  if (run.options.automations === 'none') return
  for (const { from, to } of projects) {
    await attempt(run, `the automations of ${named(from)}`, async () => {
      const automations = await readProjectAutomations(run.source, from)
      const there = automations.length === 0 ? [] : await readProjectAutomations(run.target, to)
      await copyEach(run, { what: named(from), to, automations, there })
    })
  }
  for (const { entity } of run.options.selections.filter(isWhole)) {
    const to = { entity: renamed(run, entity), project: '' }
    await attempt(run, `the automations of ${entity}`, async () => {
      const automations = await readEntityAutomations(run.source, entity)
      const there = automations.length === 0 ? [] : await readEntityAutomations(run.target, to.entity)
      await copyEach(run, { what: entity, to, automations, there })
    })
  }
}

const isWhole = ({ project }: Selection) => project === undefined

async function copyEach(
  run: Import,
  input: { what: string; to: ProjectAddress; automations: AutomationFacts[]; there: AutomationFacts[] },
): Promise<void> {
  const { report, options } = run
  const { what, to, automations, there } = input
  if (automations.length === 0) return
  const integrations = await readIntegrations(run.target, to.entity)
  for (const automation of automations) {
    const name = `automation "${automation.name}" of ${what}`
    if (there.some((other) => other.name === automation.name && sameScope(other.scope, automation.scope))) {
      report.automations.there += 1
      continue
    }
    const made = await attempt(run, name, async () => {
      const integrationId = integrationOf(automation, integrations, to.entity)
      if (options.dryRun) return
      const scope = await findScope(run.target, to, automation.scope)
      if (scope === undefined) throw new Error('what it is about is not on the target')
      const enabled = options.automations === 'as-they-were' && automation.enabled
      try {
        await makeAutomation(run.target, { automation, enabled, scope, integrationId })
      } catch (error) {
        if (isTaken(error)) throw new Error('the target has another automation of this name')
        throw error
      }
      if (automation.enabled && !enabled) report.notes.push(`${name} was enabled, and is disabled on the target.`)
    })
    if (made) report.automations.made += 1
    else report.automations.left += 1
    if (automation.action.kind === 'webhook') noteSecrets(report, automation.action, to.entity)
  }
}

/** @throws Error that says what is to be made first */
function integrationOf(
  { action }: AutomationFacts,
  { webhooks, slack }: Integrations,
  entity: string,
): string | undefined {
  if (action.kind === 'nothing') return undefined
  if (action.kind === 'other') throw new Error(`what it does (${action.type}) cannot be imported`)
  if (action.kind === 'notification') {
    const id = slack.get(action.channel)
    if (id !== undefined) return id
    throw new Error(
      `"${entity}" has no Slack integration for the channel "${action.channel}": make it on the target, and import again`,
    )
  }
  const id = webhooks.get(action.name)
  if (id !== undefined) return id
  // A URL may be a credential: its host alone is shown.
  const host = URL.canParse(action.url) ? ` to ${new URL(action.url).host}` : ''
  throw new Error(`"${entity}" has no webhook "${action.name}"${host}: make it on the target, and import again`)
}

function noteSecrets(
  report: ImportReport,
  { name, payload }: { name: string; payload: string | null },
  entity: string,
): void {
  const inPayload = secretsIn(payload)
  const names = inPayload.length === 0 ? '' : `; payloads name ${inPayload.join(', ')}`
  const note = `Secrets are not readable on the source: check the access token and signing secret of webhook "${name}" in "${entity}"${names}.`
  if (!report.notes.includes(note)) report.notes.push(note)
}

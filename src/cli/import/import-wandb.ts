import type { ImportOptions, Selection } from './arguments.ts'
import {
  type AutomationFacts,
  findScope,
  isTaken,
  makeAutomation,
  readEntityAutomations,
  readProjectAutomations,
  readWebhooks,
  sameScope,
  secretsIn,
} from './automations.ts'
import { copyVersion } from './copy-version.ts'
import { type CollectionPlan, planCollection, planLabels } from './plan.ts'
import type { Progress } from './progress.ts'
import {
  type CollectionFacts,
  findVersion,
  hasEntity,
  type ProjectAddress,
  type ProjectFacts,
  readCollections,
  readProject,
  readSelection,
  readSourceOf,
  readVersions,
  readViewer,
  type VersionAddress,
  type VersionFacts,
} from './reading.ts'
import { RemoteFailure, RemoteServer } from './remote-server.ts'
import { emptyReport, type ImportReport, inBytes } from './report.ts'
import {
  addCollectionTags,
  addVersionTags,
  describeCollection,
  linkVersion,
  makeProject,
  putAliases,
} from './target.ts'

const ADMIN_HEADERS = { 'use-admin-privileges': 'true' }

type CollectionWork = {
  facts: CollectionFacts
  source: VersionFacts[]
  plan: CollectionPlan
}

type ProjectWork = {
  from: ProjectAddress
  to: ProjectAddress
  facts: ProjectFacts
  isThere: boolean
  /** Those whose versions are still to be copied come out of `plan.missing`, in the order of their numbers. */
  collections: CollectionWork[]
}

type Import = {
  options: ImportOptions
  source: RemoteServer
  target: RemoteServer
  report: ImportReport
  progress: Progress
  /** Ids of artifacts on the target by those on the source. */
  places: Map<string, string>
  /** Ids on the source of what is still to be copied. */
  planned: Set<string>
}

/**
 * Copy what was selected from one server to another, and say what was done.
 *
 * What is to be done is found out by comparing both servers, and each step is safe to repeat, so there is nothing to
 * remember between two calls: after an interruption the next one goes on where it ended. What one version, link or
 * automation fails of is reported, and the others go on; only a server that does not answer ends it all.
 */
export async function importWandb(options: ImportOptions, progress: Progress): Promise<ImportReport> {
  const run: Import = {
    options,
    source: new RemoteServer(options.from),
    target: new RemoteServer(options.to, {
      ...ADMIN_HEADERS,
      ...(options.fire ? {} : { 'x-tripline-import': 'true' }),
    }),
    report: emptyReport(options.from.url, options.to.url, options.dryRun),
    progress,
    places: new Map(),
    planned: new Set(),
  }
  try {
    await requireKeys(run)
    const projects = await survey(run)
    if (!options.dryRun) {
      await makeProjects(run, projects)
      await copyVersions(run, projects)
      await linkVersions(run, projects)
      await putLabels(run, projects)
    }
    await copyAutomations(run, projects)
  } catch (error) {
    run.report.problems.push({
      what: 'the import',
      message: `it ended early: ${messageOf(error)}. Run it again to go on`,
    })
  } finally {
    progress.end()
    await Promise.all([run.source.close(), run.target.close()])
  }
  return run.report
}

/** Whether a failure concerns everything that follows as well. */
function endsAll(error: unknown): boolean {
  return error instanceof RemoteFailure && (error.status === 0 || error.status === 401)
}

function messageOf(error: unknown): string {
  return (error as Error).message
}

/** Whether it was done; if not, the report says why. */
async function attempt(run: Import, what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    run.report.problems.push({ what, message: messageOf(error) })
    run.progress.say(`${what}: ${messageOf(error)}`)
    if (endsAll(error)) throw error
    return false
  }
}

async function requireKeys({ source, target }: Import): Promise<void> {
  for (const server of [source, target]) {
    if ((await readViewer(server)) !== undefined) continue
    throw new RemoteFailure(401, `${new URL(server.url).host} does not take the API key`)
  }
}

const named = ({ entity, project }: ProjectAddress) => `${entity}/${project}`

const renamed = (run: Import, entity: string) => run.options.entities.get(entity) ?? entity

// What there is to do

async function survey(run: Import): Promise<ProjectWork[]> {
  const { options, report, progress } = run
  const projects: ProjectWork[] = []
  for (const from of await selected(run)) {
    progress.current(`reading ${named(from)}`)
    const to = { entity: renamed(run, from.entity), project: from.project }
    await attempt(run, named(from), async () => {
      const facts = await readProject(run.source, from)
      if (facts === undefined) throw new Error('it is not on the source')
      if (!(await hasEntity(run.target, to.entity))) {
        throw new Error(
          `the target has no entity "${to.entity}": make it, or say --map ${from.entity}=<its name there>`,
        )
      }
      const isThere = (await readProject(run.target, to)) !== undefined
      projects.push({ from, to, facts, isThere, collections: await surveyCollections(run, from, to) })
    })
  }
  report.projects = projects.length
  const steps = { steps: 0, bytes: 0 }
  for (const { collections } of projects) {
    for (const { facts, plan } of collections) {
      report.collections += 1
      steps.steps += plan.missing.length
      const counts = facts.kind === 'SEQUENCE' ? report.versions : report.links
      counts.there += plan.there.length
      counts.left += plan.conflicts.length
      if (facts.kind === 'SEQUENCE') steps.bytes += plan.missing.reduce((sum, { size }) => sum + size, 0)
      if (!options.dryRun) continue
      if (facts.kind === 'PORTFOLIO') report.links.made += plan.missing.length
      else report.versions.copied += plan.missing.length
    }
  }
  if (options.dryRun) report.files.bytes = steps.bytes
  progress.begin(steps)
  return projects
}

async function selected(run: Import): Promise<ProjectAddress[]> {
  const found = new Map<string, ProjectAddress>()
  for (const selection of run.options.selections) {
    const what = [selection.entity, selection.project].filter((part) => part !== undefined).join('/')
    await attempt(run, what, async () => {
      const projects = await readSelection(run.source, selection)
      if (projects === undefined) throw new Error('it is not on the source, or its key does not see it')
      for (const address of projects) found.set(named(address), address)
    })
  }
  return [...found.values()]
}

async function surveyCollections(run: Import, from: ProjectAddress, to: ProjectAddress): Promise<CollectionWork[]> {
  const there = new Map((await readCollections(run.target, to)).map((facts) => [facts.name, facts]))
  const works: CollectionWork[] = []
  for (const facts of await readCollections(run.source, from)) {
    const what = `${named(from)}/${facts.name}`
    const known = there.get(facts.name)
    if (known !== undefined && (known.kind !== facts.kind || known.type !== facts.type)) {
      run.report.problems.push({
        what,
        message: `the target has a collection of this name that is a ${known.kind} of type "${known.type}"`,
      })
      continue
    }
    const source = await readVersions(run.source, from, facts)
    if (source.length === 0) {
      run.report.notes.push(`${what} has no versions, and is left out.`)
      continue
    }
    const plan = planCollection(source, known === undefined ? [] : await readVersions(run.target, to, known))
    for (const { version, because } of plan.conflicts) {
      run.report.problems.push({ what: `${what}:v${version.version}`, message: because })
    }
    if (facts.kind === 'SEQUENCE') {
      for (const pair of plan.there) run.places.set(pair.source.artifactId, pair.target.artifactId)
      for (const { artifactId } of plan.missing) run.planned.add(artifactId)
    }
    works.push({ facts, source, plan })
  }
  return works
}

// Versions

async function makeProjects(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  for (const { to, facts, isThere } of projects) {
    if (!isThere) await attempt(run, named(to), () => makeProject(run.target, to, facts))
  }
}

/**
 * Each collection in the order of its numbers, since those can only go up. A version that refers to one of another
 * collection waits for that one; when all wait for each other, they cannot be copied.
 */
async function copyVersions(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  let queues = projects.flatMap((project) =>
    project.collections
      .filter(({ facts }) => facts.kind === 'SEQUENCE')
      .map((collection) => ({ project, collection, missing: [...collection.plan.missing] })),
  )
  while (queues.length > 0) {
    let copied = 0
    for (const queue of queues) copied += await copyUntilWaiting(run, queue)
    queues = queues.filter(({ missing }) => missing.length > 0)
    if (copied === 0 && queues.length > 0) break
  }
  for (const { project, collection, missing } of queues) {
    run.report.versions.left += missing.length
    run.report.problems.push({
      what: `${named(project.from)}/${collection.facts.name}:v${missing[0]?.version}`,
      message: `it refers to versions that were not copied, and ${missing.length - 1} versions after it wait for it`,
    })
  }
}

type Queue = { project: ProjectWork; collection: CollectionWork; missing: VersionFacts[] }

/** How many steps were made: copies and failures. */
async function copyUntilWaiting(run: Import, { project, collection, missing }: Queue): Promise<number> {
  const { report, options } = run
  let steps = 0
  for (let version = missing[0]; version !== undefined; version = missing[0]) {
    const what = `${named(project.from)}/${collection.facts.name}:v${version.version}`
    const next = version
    let mustWait = false
    const done: boolean = await attempt(run, what, async () => {
      mustWait = (await copyOne(run, project, collection.facts, next, what)) === 'wait'
    })
    if (mustWait) return steps
    steps += 1
    missing.shift()
    run.planned.delete(version.artifactId)
    if (done) continue
    report.versions.left += 1
    if (options.skipBroken || missing.length === 0) continue
    report.versions.left += missing.length
    report.notes.push(
      `${missing.length} versions after ${what} wait for it, to keep their numbers; --skip-broken goes on without it.`,
    )
    for (const { artifactId } of missing.splice(0)) run.planned.delete(artifactId)
  }
  return steps
}

async function copyOne(
  run: Import,
  project: ProjectWork,
  collection: CollectionFacts,
  version: VersionFacts,
  what: string,
): Promise<'copied' | 'wait'> {
  const { report, progress } = run
  progress.current(what)
  const copied = await copyVersion({
    source: run.source,
    target: run.target,
    from: { ...project.from, collection: collection.name, version: version.version },
    to: project.to,
    collection,
    version,
    filesAtOnce: run.options.filesAtOnce,
    whereIs: (artifactId) => whereIs(run, artifactId),
    onBytes: (count) => progress.bytes(count),
  })
  if (copied === 'wait') return 'wait'
  const there = await findVersion(run.target, {
    ...project.to,
    collection: collection.name,
    version: version.version,
  })
  if (there?.digest !== version.digest) throw new Error('it is not on the target after the copy')
  run.places.set(version.artifactId, there.artifactId)
  report.versions.copied += 1
  report.files.copied += copied.files
  report.files.bytes += copied.bytes
  progress.say(`${what} copied: ${copied.files} files, ${inBytes(copied.bytes)}`, true)
  return 'copied'
}

/** @throws Error for what is not on the target, and will not be either */
async function whereIs(run: Import, artifactId: string): Promise<string | 'wait'> {
  const known = run.places.get(artifactId)
  if (known !== undefined) return known
  if (run.planned.has(artifactId)) return 'wait'
  const from = await readSourceOf(run.source, artifactId)
  if (from === undefined) throw new Error('it refers to a version that the key of the source does not see')
  return placeOf(run, from)
}

/** @throws Error for what is not on the target */
async function placeOf(run: Import, from: VersionAddress, digest?: string): Promise<string> {
  const there = await findVersion(run.target, { ...from, entity: renamed(run, from.entity) })
  if (there !== undefined && (digest === undefined || there.digest === digest)) return there.artifactId
  throw new Error(`${named(from)}/${from.collection}:v${from.version} is not on the target: import that project too`)
}

// Links

async function linkVersions(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  const { report, progress, options } = run
  for (const { from, to, collections } of projects) {
    for (const { facts, plan } of collections) {
      if (facts.kind !== 'PORTFOLIO') continue
      let isBlocked = false
      for (const version of plan.missing) {
        const what = `${named(from)}/${facts.name}:v${version.version}`
        const done: boolean =
          !isBlocked &&
          (await attempt(run, what, async () => {
            progress.current(what)
            if (version.source === undefined) throw new Error('the key of the source does not see where it was logged')
            const artifactId =
              run.places.get(version.artifactId) ?? (await placeOf(run, version.source, version.digest))
            const link = await findVersion(run.source, { ...from, collection: facts.name, version: version.version })
            const createdAt = link?.createdAt ?? version.createdAt
            const input = { artifactId, address: to, collection: facts.name, version: version.version, createdAt }
            const given = await linkVersion(run.target, input)
            if (given !== version.version) throw new Error(`it is linked there already, as v${given}`)
            progress.say(`${what} linked`, true)
          }))
        if (done) report.links.made += 1
        else report.links.left += 1
        isBlocked = !done && !options.skipBroken
      }
    }
  }
}

// Aliases, tags, descriptions

async function putLabels(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  for (const { from, to, collections } of projects) {
    const there = new Map((await readCollections(run.target, to)).map((facts) => [facts.name, facts]))
    for (const { facts, source } of collections) {
      const target = there.get(facts.name)
      if (target === undefined) continue
      const what = `${named(from)}/${facts.name}`
      run.progress.current(what)
      await attempt(run, what, () => labelCollection(run, to, { what, facts, source, target }))
    }
  }
}

async function labelCollection(
  run: Import,
  to: ProjectAddress,
  input: { what: string; facts: CollectionFacts; source: VersionFacts[]; target: CollectionFacts },
): Promise<void> {
  const { facts, source, target } = input
  if (facts.description && !target.description) await describeCollection(run.target, target, facts.description)
  const collectionTags = facts.tags.filter((tag) => !target.tags.includes(tag))
  if (collectionTags.length > 0) {
    await addCollectionTags(run.target, to, facts.name, collectionTags)
    run.report.tags += collectionTags.length
  }
  const labels = planLabels(source, await readVersions(run.target, to, target))
  for (const { artifactId, aliases } of labels.aliases) {
    await putAliases(run.target, { artifactId, address: to, collection: facts.name, aliases })
    run.report.aliases += aliases.length
  }
  for (const { artifactId, tags } of labels.tags) {
    await addVersionTags(run.target, artifactId, tags)
    run.report.tags += tags.length
  }
  if (labels.extra.length > 0) {
    run.report.notes.push(`${input.what} has aliases on the target only, which stay: ${labels.extra.join(', ')}.`)
  }
}

// Automations

async function copyAutomations(run: Import, projects: readonly ProjectWork[]): Promise<void> {
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
  const webhooks = automations.length === 0 ? new Map<string, string>() : await readWebhooks(run.target, to.entity)
  for (const automation of automations) {
    const name = `automation "${automation.name}" of ${what}`
    if (there.some((other) => other.name === automation.name && sameScope(other.scope, automation.scope))) {
      report.automations.there += 1
      continue
    }
    const made = await attempt(run, name, async () => {
      const webhookId = webhookOf(automation, webhooks, to.entity)
      if (options.dryRun) return
      const scope = await findScope(run.target, to, automation.scope)
      if (scope === undefined) throw new Error('what it is about is not on the target')
      const enabled = options.automations === 'as-they-were' && automation.enabled
      try {
        await makeAutomation(run.target, { automation, enabled, scope, webhookId })
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
function webhookOf(
  { action }: AutomationFacts,
  webhooks: ReadonlyMap<string, string>,
  entity: string,
): string | undefined {
  if (action.kind === 'nothing') return undefined
  if (action.kind === 'other') throw new Error(`what it does (${action.type}) cannot be imported`)
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

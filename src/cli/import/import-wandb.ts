import type { ImportOptions } from './arguments.ts'
import { copyAutomations } from './copy-automations.ts'
import { copyVersion } from './copy-version.ts'
import { noteSettings, noteVersions } from './notes.ts'
import { planCollection } from './plan.ts'
import type { Progress } from './progress.ts'
import { putLabels } from './put-labels.ts'
import {
  type CollectionFacts,
  findVersion,
  hasEntity,
  type ProjectAddress,
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
import { attempt, type CollectionWork, type Import, messageOf, named, type ProjectWork, renamed } from './state.ts'
import { linkVersion, makeCollection, makeProject, makeRun } from './target.ts'

const ADMIN_HEADERS = { 'use-admin-privileges': 'true' }

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
    runs: new Map(),
  }
  try {
    await requireKeys(run)
    const projects = await survey(run)
    if (!options.dryRun) {
      await makeProjects(run, projects)
      await copyVersions(run, projects)
      await linkVersions(run, projects)
      await makeEmptyCollections(run, projects)
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

async function requireKeys({ source, target }: Import): Promise<void> {
  for (const server of [source, target]) {
    if ((await readViewer(server)) !== undefined) continue
    throw new RemoteFailure(401, `${new URL(server.url).host} does not take the API key`)
  }
}

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
      const there = await readProject(run.target, to)
      if (there !== undefined) noteSettings(report, named(to), facts, there)
      const collections = await surveyCollections(run, from, to)
      projects.push({ from, to, facts, isThere: there !== undefined, collections })
    })
  }
  report.projects = projects.length
  const steps = { steps: 0, bytes: 0 }
  for (const { collections } of projects) {
    for (const { facts, source, isThere, plan } of collections) {
      report.collections += 1
      if (options.dryRun && source.length === 0 && !isThere) report.emptyCollections += 1
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
    const plan = planCollection(source, known === undefined ? [] : await readVersions(run.target, to, known))
    for (const { version, because } of plan.conflicts) {
      run.report.problems.push({ what: `${what}:v${version.version}`, message: because })
    }
    if (facts.kind === 'SEQUENCE') {
      for (const pair of plan.there) run.places.set(pair.source.artifactId, pair.target.artifactId)
      for (const { artifactId } of plan.missing) run.planned.add(artifactId)
    }
    noteVersions(run.report, what, facts, plan)
    works.push({ facts, source, plan, isThere: known !== undefined })
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
  const loggedBy = await bringRun(run, project, version)
  const copied = await copyVersion({
    source: run.source,
    target: run.target,
    from: { ...project.from, collection: collection.name, version: version.version },
    to: project.to,
    collection,
    version,
    loggedBy,
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

/**
 * The name of the run that logged the version, once it is on the target; `undefined` for none of this project, and for
 * one that cannot be made, without which the version still comes over.
 */
async function bringRun(
  run: Import,
  { from, to }: ProjectWork,
  { loggedBy }: VersionFacts,
): Promise<string | undefined> {
  if (loggedBy === undefined || loggedBy.entity !== from.entity || loggedBy.project !== from.project) return undefined
  const path = `${named(to)}/${loggedBy.name}`
  const known = run.runs.get(path)
  if (known !== undefined) return known ? loggedBy.name : undefined
  const isThere = await attempt(run, `run ${path}`, async () => {
    if (await makeRun(run.target, to, loggedBy)) run.report.runs += 1
  })
  run.runs.set(path, isThere)
  return isThere ? loggedBy.name : undefined
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

// Collections without versions

async function makeEmptyCollections(run: Import, projects: readonly ProjectWork[]): Promise<void> {
  for (const { from, to, collections } of projects) {
    for (const { facts, source, isThere } of collections) {
      if (source.length > 0 || isThere) continue
      const made = await attempt(run, `${named(from)}/${facts.name}`, () => makeCollection(run.target, to, facts))
      if (made) run.report.emptyCollections += 1
    }
  }
}

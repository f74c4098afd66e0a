import { z } from 'zod'
import { RUN_STATES } from '../events/event.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { listProjectRuns, type RunDetails, type RunSummary, readRun } from './operations-shown.ts'

const Summary = z.object({
  entity: z.string(),
  project: z.string(),
  name: z.string().describe('What people call the id of the run.'),
  displayName: z.string(),
  state: z.enum(RUN_STATES).describe('As it is now: one that has long been silent has crashed.'),
  username: z.string().nullable().describe('Who made it.'),
  group: z.string().nullable(),
  jobType: z.string().nullable(),
  tags: z.array(z.string()),
  artifacts: z.object({ logged: z.number().int(), used: z.number().int() }).describe('Versions that you may see.'),
  createdAt: Time,
  updatedAt: Time,
  heartbeatAt: Time.describe('When it was last heard of.'),
})

const RunOutput = Summary.meta({ id: 'Run' })

const RunDetailsOutput = Summary.extend({
  description: z.string().nullable(),
  notes: z.string().nullable(),
  host: z.string().nullable(),
  program: z.string().nullable(),
  commit: z.string().nullable(),
  repo: z.string().nullable(),
  sweep: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  config: z
    .record(z.string(), z.unknown())
    .describe('What was set before it began, without what the client adds of its own.'),
  summary: z.record(z.string(), z.unknown()).describe('The last value of each metric, or what was set in its place.'),
  alerts: z
    .array(z.object({ title: z.string(), text: z.string(), severity: z.enum(['INFO', 'WARN', 'ERROR']), at: Time }))
    .describe('The last twenty; `listRunAlerts` has all.'),
}).meta({ id: 'RunDetails' })

const ORDERS = {
  '-created': '-created_at',
  created: '+created_at',
  name: '+display_name',
  '-name': '-display_name',
  '-heartbeat': '-heartbeat_at',
  heartbeat: '+heartbeat_at',
} as const

export function shownRunRoutes(app: RestApp, world: World): void {
  const tags = ['runs']
  const path = '/projects/:entity/:project/runs'

  app.get(
    path,
    {
      schema: {
        operationId: 'listRuns',
        summary: 'List the runs of a project',
        tags,
        params: z.strictObject({ entity: Name, project: Name }),
        querystring: PageQuery.extend({
          state: z.enum(RUN_STATES).optional(),
          q: text({ min: 1, max: 100 }).optional().describe('A part of the name, of the display name or of the notes.'),
          order: z
            .enum(['created', '-created', 'name', '-name', 'heartbeat', '-heartbeat'])
            .default('-created')
            .describe('By age, display name, or when it was last heard of; with a minus the other way round.'),
        }),
        response: { 200: page(RunOutput) },
      },
    },
    async (request) => {
      const { limit, cursor, state, q, order } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const about = { ...request.params, state, text: q, order: ORDERS[order] }
      const { items, nextKey } = await listProjectRuns(world, callerOf(request), about, { limit, after })
      const shown = items.map(asSummary)
      return nextKey === undefined ? { items: shown } : { items: shown, cursor: encodeCursor([nextKey]) }
    },
  )

  app.get(
    `${path}/:run`,
    {
      schema: {
        operationId: 'getRun',
        summary: 'Show a run, with its config, its summary and its last alerts',
        tags,
        params: z.strictObject({ entity: Name, project: Name, run: Name }),
        response: { 200: RunDetailsOutput },
      },
    },
    async (request) => asDetails(await readRun(world, callerOf(request), request.params)),
  )
}

function asSummary(found: RunSummary): z.input<typeof RunOutput> {
  const { run } = found
  return {
    entity: run.project.entity,
    project: run.project.name,
    name: run.name,
    displayName: run.displayName,
    state: found.state,
    username: found.username,
    group: run.group,
    jobType: run.jobType,
    tags: run.tags,
    artifacts: { logged: found.artifacts.output, used: found.artifacts.input },
    createdAt: isoTime(run.createdAt),
    updatedAt: isoTime(run.updatedAt),
    heartbeatAt: isoTime(run.heartbeatAt),
  }
}

function asDetails(found: RunDetails): z.input<typeof RunDetailsOutput> {
  const { description, notes, host, program, commit, repo, sweepName, exitCode } = found.run
  return {
    ...asSummary(found),
    ...{ description, notes, host, program, commit, repo, sweep: sweepName, exitCode },
    config: found.config,
    summary: found.summary,
    alerts: found.alerts.map(({ title, text: body, severity, createdAt }) => ({
      title,
      text: body,
      severity,
      at: isoTime(createdAt),
    })),
  }
}

import { mayIn } from '../access/rights.ts'
import { findProject } from '../artifacts/operations-projects.ts'
import { builder, type Context } from '../graphql/builder.ts'
import { connectionOf, connectionType, pageArguments, pageOf } from '../graphql/connection.ts'
import { FileConnection } from '../graphql/file.ts'
import { decodeId, encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { userById } from '../graphql/loaders.ts'
import { AlertSeverity, Project, Run, User } from '../graphql/refs.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import {
  alertOfRun,
  countRuns,
  createRunFiles,
  findRun,
  type LineCounts,
  listRunFiles,
  listRuns,
  loadDocuments,
  loadLineCounts,
  loadRunFileCounts,
  loadRuns,
  loadTails,
  type RunView,
  requireWritableRun,
  runFileUrl,
  upsertRun,
} from './operations.ts'
import { clientConfig, historyKeys, stateFrom, stateNow } from './run.ts'

type RunParent = typeof Run.$inferType

const viewById = batched<number, RunView>((context, ids) => loadRuns(context.world.db.read, context.caller, ids))
const documentsById = batched<number, { config: string; summary: string }>((context, ids) =>
  loadDocuments(context.world, ids),
)
const lineCountsById = batched<number, LineCounts>((context, ids) => loadLineCounts(context.world, ids))
const tailsById = batched<number, { history: string | null; events: string | null }>((context, ids) =>
  loadTails(context.world, ids),
)
const fileCountById = batched<number, number>((context, ids) => loadRunFileCounts(context.world, ids))

/** Some places know only a run's name and project; the rest is loaded when it is asked for. */
async function viewOf(context: Context, run: RunParent): Promise<RunView> {
  if ('heartbeatAt' in run) return run as RunView
  const view = await viewById(context, run.id)
  assert(view !== undefined, 'a run that was found is not deleted')
  return view
}

async function documentsOf(context: Context, run: RunParent) {
  const documents = await documentsById(context, run.id)
  assert(documents !== undefined, 'a run that was found has its documents')
  return documents
}

const lineCount = async (context: Context, run: RunParent, file: 'history' | 'events' | 'log') =>
  (await lineCountsById(context, run.id))?.[file] ?? 0

const lines = (line: string | null | undefined) => (line == null ? [] : [line])

const RunConnection = connectionType('Run', Run)

Run.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (run) => encodeId('Run', run.id) }),
    name: t.exposeString('name', { nullable: false, description: 'What users call the id of the run.' }),
    displayName: t.exposeString('displayName'),
    project: t.field({ type: Project, resolve: (run) => run.project }),
    // The client takes this for a number, unlike every other id.
    projectId: t.field({ type: 'Int64', nullable: false, resolve: (run) => run.project.id }),
    state: t.string({
      resolve: async (run, _args, context) => stateNow(await viewOf(context, run), context.world.now()),
    }),
    user: t.field({
      type: User,
      resolve: async (run, _args, context) => {
        const { userId } = await viewOf(context, run)
        return userId === null ? null : userById(context, userId)
      },
    }),
    tags: t.stringList({ nullable: false, resolve: async (run, _args, context) => (await viewOf(context, run)).tags }),
    group: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).group }),
    jobType: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).jobType }),
    description: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).description }),
    notes: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).notes }),
    sweepName: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).sweepName }),
    commit: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).commit }),
    repo: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).repo }),
    host: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).host }),
    program: t.string({ resolve: async (run, _args, context) => (await viewOf(context, run)).program }),
    exitcode: t.int({ resolve: async (run, _args, context) => (await viewOf(context, run)).exitCode }),
    readOnly: t.boolean({ resolve: (run, _args, { caller }) => !mayIn(caller, 'member', run.project) }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (run, _args, context) => (await viewOf(context, run)).createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (run, _args, context) => (await viewOf(context, run)).updatedAt,
    }),
    heartbeatAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (run, _args, context) => (await viewOf(context, run)).heartbeatAt,
    }),
    config: t.field({
      type: 'JSONString',
      resolve: async (run, _args, context) => (await documentsOf(context, run)).config,
    }),
    summaryMetrics: t.field({
      type: 'JSONString',
      resolve: async (run, _args, context) => (await documentsOf(context, run)).summary,
    }),
    wandbConfig: t.field({
      type: 'JSONString',
      description: "The client's own part of the config.",
      args: { keys: t.arg.stringList({ required: true }) },
      resolve: async (run, { keys }, context) =>
        JSON.stringify(clientConfig((await documentsOf(context, run)).config, keys)),
    }),
    historyLineCount: t.int({
      nullable: false,
      resolve: (run, _args, context) => lineCount(context, run, 'history'),
    }),
    eventsLineCount: t.int({ nullable: false, resolve: (run, _args, context) => lineCount(context, run, 'events') }),
    logLineCount: t.int({ nullable: false, resolve: (run, _args, context) => lineCount(context, run, 'log') }),
    historyTail: t.field({
      type: 'JSONString',
      description: 'The last line, as a list of one JSON document in a string.',
      resolve: async (run, _args, context) => JSON.stringify(lines((await tailsById(context, run.id))?.history)),
    }),
    eventsTail: t.field({
      type: 'JSONString',
      description: 'The last line, as a list of one JSON document in a string.',
      resolve: async (run, _args, context) => JSON.stringify(lines((await tailsById(context, run.id))?.events)),
    }),
    systemMetrics: t.field({
      type: 'JSONString',
      description: 'The last of the events.',
      resolve: async (run, _args, context) => (await tailsById(context, run.id))?.events,
    }),
    historyKeys: t.field({
      type: 'JSON',
      description: 'The last step of the history, and the last value of each metric.',
      resolve: async (run, _args, context) => {
        const last = (await tailsById(context, run.id))?.history
        return last == null ? null : historyKeys(last, (await documentsById(context, run.id))?.summary ?? '{}')
      },
    }),
    stopped: t.boolean({ description: 'Runs are not stopped from here.', resolve: () => false }),
    fileCount: t.int({
      nullable: false,
      resolve: async (run, _args, context) => (await fileCountById(context, run.id)) ?? 0,
    }),
    files: t.field({
      type: FileConnection,
      nullable: false,
      args: {
        ...pageArguments(),
        names: t.arg({ type: t.arg.listRef('String', { required: false }) }),
        pattern: t.arg.string({ description: 'As of SQL: `%.json`. Counts where there are no names.' }),
      },
      resolve: async (run, { names, pattern, ...args }, { world }) => {
        const input = { runId: run.id, names: namesOf(names), pattern: pattern ?? undefined }
        const page = await listRunFiles(world, input, pageOf(args, 'string'))
        return connectionOf({
          ...page,
          items: page.items.map((file) => ({
            id: Buffer.from(`File:${file.runId}/${file.name}`).toString('base64'),
            name: file.name,
            size: file.size,
            md5: file.md5,
            updatedAt: file.updatedAt,
            directUrl: () => runFileUrl(world, file),
          })),
        })
      },
    }),
  }),
})

builder.objectFields(Project, (t) => ({
  run: t.field({
    type: Run,
    args: {
      name: t.arg.string({ required: true }),
      desc: t.arg.string({ description: 'Taken and not looked at: `wandb verify` sends much in it.' }),
    },
    resolve: (project, { name }, { world }) => findRun(world.db.read, { projectId: project.id, name }),
  }),
  bucket: t.field({
    type: Run,
    args: { name: t.arg.string({ required: true }), missingOk: t.arg.boolean() },
    resolve: async (project, { name, missingOk }, { world }) => {
      const run = await findRun(world.db.read, { projectId: project.id, name })
      if (run === undefined && missingOk !== true) throw notFound(`Run "${name}"`)
      return run
    },
  }),
  runCount: t.int({
    nullable: false,
    args: { filters: t.arg({ type: 'JSONString' }) },
    resolve: (project, { filters }, { world }) => countRuns(world, { projectId: project.id, filters }),
  }),
  runs: t.field({
    type: RunConnection,
    nullable: false,
    args: { ...pageArguments(), filters: t.arg({ type: 'JSONString' }), order: t.arg.string() },
    resolve: async (project, { filters, order, ...args }, { world }) => {
      const input = { projectId: project.id, filters, order }
      return connectionOf(await listRuns(world, input, pageOf(args, 'string')), () => countRuns(world, input))
    },
  }),
}))

/** Clients send an empty list for all files. */
function namesOf(names: readonly (string | null | undefined)[] | null | undefined): string[] | undefined {
  // Users write `./notes.md`, and the client asks for that; what it stores has no such beginning.
  const given = names?.flatMap((name) => name?.replace(/^(\.\/)+/, '') ?? []) ?? []
  return given.length === 0 ? undefined : given
}

builder.queryField('model', (t) =>
  t.field({
    type: Project,
    description: 'The same as `project`.',
    args: { name: t.arg.string(), entityName: t.arg.string() },
    resolve: async (_root, { name, entityName }, { world, caller }) =>
      name == null || entityName == null ? null : findProject(world, caller, { entity: entityName, project: name }),
  }),
)

const UpsertBucketInput = builder.inputType('UpsertBucketInput', {
  fields: (t) => ({
    id: t.string(),
    name: t.string(),
    modelName: t.string(),
    entityName: t.string(),
    groupName: t.string(),
    displayName: t.string(),
    description: t.string(),
    notes: t.string(),
    commit: t.string(),
    config: t.field({ type: 'JSONString' }),
    host: t.string(),
    debug: t.boolean(),
    jobProgram: t.string(),
    jobRepo: t.string(),
    jobType: t.string(),
    state: t.string(),
    sweep: t.string(),
    tags: t.stringList(),
    summaryMetrics: t.field({ type: 'JSONString' }),
    clientMutationId: t.string(),
  }),
})

const UpsertBucketPayload = builder.objectRef<{ run: RunView; inserted: boolean }>('UpsertBucketPayload').implement({
  fields: (t) => ({
    bucket: t.field({ type: Run, nullable: false, resolve: ({ run }) => run }),
    inserted: t.exposeBoolean('inserted', { nullable: false }),
  }),
})

type CreatedFiles = Awaited<ReturnType<typeof createRunFiles>>

const CreatedRunFile = builder.objectRef<CreatedFiles['files'][number]>('CreatedRunFile').implement({
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false }),
    uploadUrl: t.exposeString('uploadUrl'),
  }),
})

const CreateRunFilesPayload = builder.objectRef<CreatedFiles>('CreateRunFilesPayload').implement({
  fields: (t) => ({
    runID: t.id({ nullable: false, resolve: ({ run }) => encodeId('Run', run.id) }),
    uploadHeaders: t.stringList({ nullable: false, resolve: () => [] }),
    files: t.field({ type: [CreatedRunFile], nullable: false, resolve: ({ files }) => files }),
  }),
})

const CreateRunFilesInput = builder.inputType('CreateRunFilesInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    runName: t.string({ required: true }),
    files: t.stringList({ required: true }),
    clientMutationId: t.string(),
  }),
})

const MarkRunFilesUploadedInput = builder.inputType('MarkRunFilesUploadedInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    runName: t.string({ required: true }),
    files: t.stringList({ required: true }),
    clientMutationId: t.string(),
  }),
})

const successPayload = (name: string) =>
  builder
    .objectRef<{ success: boolean }>(name)
    .implement({ fields: (t) => ({ success: t.exposeBoolean('success', { nullable: false }) }) })

const MarkRunFilesUploadedPayload = successPayload('MarkRunFilesUploadedPayload')
const UpdateRunStatePayload = successPayload('UpdateRunStatePayload')

const UpdateRunStateInput = builder.inputType('UpdateRunStateInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    state: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const NotifyScriptableRunAlertInput = builder.inputType('NotifyScriptableRunAlertInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    runName: t.string({ required: true }),
    title: t.string({ required: true }),
    text: t.string({ required: true }),
    severity: t.field({ type: AlertSeverity }),
    waitDuration: t.field({ type: 'Duration' }),
    clientMutationId: t.string(),
  }),
})

const NotifyScriptableRunAlertPayload = successPayload('NotifyScriptableRunAlertPayload')

builder.mutationFields((t) => ({
  upsertBucket: t.field({
    type: UpsertBucketPayload,
    args: { input: t.arg({ type: UpsertBucketInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) => {
      const id = input.id == null ? undefined : decodeId('Run', input.id)
      if (input.id != null && id === undefined) throw notFound(`Run "${input.id}"`)
      return upsertRun(world, caller, {
        ...input,
        id,
        entity: input.entityName,
        project: input.modelName,
        group: input.groupName,
        program: input.jobProgram,
        repo: input.jobRepo,
        summary: input.summaryMetrics,
      })
    },
  }),
  createRunFiles: t.field({
    type: CreateRunFilesPayload,
    args: { input: t.arg({ type: CreateRunFilesInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) =>
      createRunFiles(
        world,
        caller,
        { entity: input.entityName, project: input.projectName, run: input.runName },
        input.files,
      ),
  }),
  markRunFilesUploaded: t.field({
    type: MarkRunFilesUploadedPayload,
    description: 'Changes nothing: a file is there once its bytes are durable.',
    args: { input: t.arg({ type: MarkRunFilesUploadedInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const { entityName: entity, projectName: project, runName: run } = input
      await requireWritableRun(world, caller, { entity, project, run })
      return { success: true }
    },
  }),
  updateRunState: t.field({
    type: UpdateRunStatePayload,
    args: { input: t.arg({ type: UpdateRunStateInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const id = decodeId('Run', input.id)
      if (id === undefined) throw notFound(`Run "${input.id}"`)
      if (stateFrom(input.state.toLowerCase()) === undefined) {
        throw new Refusal('not_supported', `A run is running, finished, failed or crashed here, not "${input.state}"`)
      }
      await upsertRun(world, caller, { id, state: input.state })
      return { success: true }
    },
  }),
  notifyScriptableRunAlert: t.field({
    type: NotifyScriptableRunAlertPayload,
    description:
      'Keeps the alert of a run the caller may write to; REST lists them. `success` is true also where it is not repeated.',
    args: { input: t.arg({ type: NotifyScriptableRunAlertInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const { entityName: entity, projectName: project, runName: run } = input
      const { title, text, severity, waitDuration: waitMs } = input
      await alertOfRun(world, caller, { entity, project, run }, { title, text, severity, waitMs })
      return { success: true }
    },
  }),
}))

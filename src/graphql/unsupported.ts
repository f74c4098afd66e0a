import {
  type DocumentNode,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/**
 * What the wandb client can ask for and Tripline does not do, by type and field. It would be told that a field does not
 * exist, in words for people who write queries; these are for people who write training scripts.
 */
const RUN_QUEUES = 'Run queues (Launch) are not supported here'
const SWEEPS = 'Sweeps are not supported here'
const HISTORY =
  "Reading back the history of a run's metrics is not supported here: the last value of each is in `run.summary`"
const UNSUPPORTED: Readonly<Record<string, string>> = {
  'Mutation.createDefaultResourceConfig': RUN_QUEUES,
  'Mutation.createRunQueue': RUN_QUEUES,
  'Mutation.deleteRunQueues': RUN_QUEUES,
  'Mutation.pushToRunQueue': RUN_QUEUES,
  'Mutation.pushToRunQueueByName': RUN_QUEUES,
  'Mutation.popFromRunQueue': RUN_QUEUES,
  'Mutation.createLaunchAgent': RUN_QUEUES,
  'Mutation.upsertRunQueue': RUN_QUEUES,
  'Project.runQueue': RUN_QUEUES,
  'Project.runQueues': RUN_QUEUES,
  'Entity.defaultResourceConfig': RUN_QUEUES,
  'Query.launchAgent': RUN_QUEUES,
  'Mutation.upsertSweep': SWEEPS,
  'Mutation.agentHeartbeat': SWEEPS,
  'Mutation.createAgent': SWEEPS,
  'Project.sweep': SWEEPS,
  'Project.sweeps': SWEEPS,
  'Project.totalSweeps': SWEEPS,
  'Run.history': HISTORY,
  'Run.sampledHistory': HISTORY,
  'Run.parquetHistory': HISTORY,
  'Run.sampledParquetHistory': HISTORY,
  'Run.logLines': 'Reading the console log is not supported here: it is the file `output.log` of the run',
  'Mutation.deleteRun': 'Runs are not deleted here',
  'Mutation.stopRun': 'Runs are not stopped from outside here',
  'Mutation.rewindRun': 'Runs are not rewound here',
  'Mutation.deleteFiles': 'Files of runs are not deleted here',
  'Mutation.createCustomChart': 'Custom charts are not supported here',
  'Project.allViews': 'Reports are not supported here',
  'Mutation.upsertView': 'Reports are not supported here',
}

/** The sentence for the first field in the document that is known to be unsupported; `undefined` without one. */
export function unsupportedIn(schema: GraphQLSchema, document: DocumentNode): string | undefined {
  const typeInfo = new TypeInfo(schema)
  let sentence: string | undefined
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      Field({ name }) {
        const parent = typeInfo.getParentType()
        if (!isObjectType(parent) && !isInterfaceType(parent)) return
        if (parent.getFields()[name.value] === undefined) sentence ??= UNSUPPORTED[`${parent.name}.${name.value}`]
      },
    }),
  )
  return sentence
}

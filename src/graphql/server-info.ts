import { builder } from './builder.ts'

/**
 * What the client should take for granted of this server: it asks once and leaves out, or refuses by itself, whatever
 * is not listed. So a feature goes in when everything it makes the client send is answered.
 *
 * Left out on purpose: `ARTIFACT_DIGEST_ALGORITHM` (with it, clients may log other digests than MD5) and
 * `AUTOMATION_ACTION_ARIA`.
 */
const FEATURES = [
  'ARTIFACT_REGISTRY_SEARCH',
  'INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION',
  'ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE',
  'USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION',
  'ARTIFACT_COLLECTIONS_FILTERING_SORTING',
  'TOTAL_COUNT_IN_FILE_CONNECTION',
  'ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID',
  'QUERY_AUTOMATIONS_ON_ENTITY',
  'AUTOMATION_SCOPE_ENTITY',
  'AUTOMATION_EVENT_ADD_ARTIFACT_TAG',
  'AUTOMATION_EVENT_REMOVE_ARTIFACT_TAG',
  'AUTOMATION_EVENT_ADD_COLLECTION_TAG',
  'AUTOMATION_EVENT_REMOVE_COLLECTION_TAG',
  'AUTOMATION_EVENT_UNLINK_ARTIFACT',
  'AUTOMATION_EVENT_RUN_METRIC',
  'AUTOMATION_EVENT_RUN_METRIC_CHANGE',
  'AUTOMATION_EVENT_RUN_METRIC_ZSCORE',
  'AUTOMATION_EVENT_RUN_STATE',
  'AUTOMATION_ACTION_NO_OP',
  'FILESTREAM_GZIP',
  'ARTIFACT_TAGS',
  'CLIENT_IDS',
  'LARGE_FILENAMES',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILES',
  'ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER',
  'PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP',
] as const

/** The clients that the tests drive; `wandb verify` compares itself with these. */
const CLIENT_VERSIONS = { min_cli_version: '0.28.0', max_cli_version: '0.30.0' }

const ServerFeature = builder.objectRef<{ name: string }>('ServerFeature').implement({
  fields: (t) => ({
    name: t.exposeString('name', { nullable: false }),
    isEnabled: t.boolean({ nullable: false, resolve: () => true }),
  }),
})

type LocalVersion = { outOfDate: boolean; latestVersionString: string; versionOnThisInstanceString: string }

const LatestLocalVersionInfo = builder.objectRef<LocalVersion>('LatestLocalVersionInfo').implement({
  fields: (t) => ({
    outOfDate: t.exposeBoolean('outOfDate', { nullable: false }),
    latestVersionString: t.exposeString('latestVersionString', { nullable: false }),
    versionOnThisInstanceString: t.exposeString('versionOnThisInstanceString', { nullable: false }),
  }),
})

const ServerInfo = builder.objectRef<object>('ServerInfo').implement({
  fields: (t) => ({
    features: t.field({ type: [ServerFeature], nullable: false, resolve: () => FEATURES.map((name) => ({ name })) }),
    latestLocalVersionInfo: t.field({
      type: LatestLocalVersionInfo,
      description: 'Of the server of W&B: none. Clients up to 0.28 ask for it before they log a table.',
      resolve: () => null,
    }),
    cliVersionInfo: t.field({ type: 'JSON', resolve: () => CLIENT_VERSIONS }),
  }),
})

builder.queryField('serverInfo', (t) => t.field({ type: ServerInfo, resolve: () => ({}) }))

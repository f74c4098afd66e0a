/** What the client sends to log a version, in this order: create, manifest, files, manifest again, commit. */
import { builder } from '../graphql/builder.ts'
import { connectionType, wholeConnection } from '../graphql/connection.ts'
import { decodeId, encodeId } from '../graphql/ids.ts'
import { Artifact } from '../graphql/refs.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import {
  ArtifactAliasInput,
  aliasNames,
  artifactIdOf,
  ImportedVersionInput,
  importedVersion,
  TagInput,
  tagNames,
} from './graphql-inputs.ts'
import {
  ArtifactDigestAlgorithm,
  ArtifactManifest,
  artifactById,
  type ManifestNode,
  newestOfCollection,
} from './graphql-types.ts'
import {
  commitArtifact,
  completeParts,
  createArtifact,
  createArtifactFiles,
  createManifest,
  type FilePlace,
  updateManifest,
  useArtifact,
} from './operations.ts'
import type { ArtifactView, PartsTarget } from './types.ts'

const ArtifactManifestType = builder.enumType('ArtifactManifestType', {
  values: ['FULL', 'INCREMENTAL', 'PATCH'] as const,
})
const ArtifactStorageLayout = builder.enumType('ArtifactStorageLayout', { values: ['V1', 'V2'] as const })

const CreateArtifactInput = builder.inputType('CreateArtifactInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    runName: t.string({ description: 'The run that logs it; none when a user does.' }),
    artifactTypeName: t.string({ required: true }),
    artifactCollectionName: t.string(),
    artifactCollectionNames: t.stringList({ description: 'Of which the first counts.' }),
    digest: t.string({ required: true, description: 'Of the manifest, in hex.' }),
    digestAlgorithm: t.field({ type: ArtifactDigestAlgorithm }),
    description: t.string(),
    labels: t.field({ type: 'JSONString', description: 'Taken and not kept.' }),
    metadata: t.field({ type: 'JSONString' }),
    aliases: t.field({ type: [ArtifactAliasInput] }),
    tags: t.field({ type: [TagInput] }),
    ttlDurationSeconds: t.field({ type: 'Int64', description: 'Seconds; -1 inherits, -2 is for ever.' }),
    historyStep: t.field({ type: 'Int64' }),
    enableDigestDeduplication: t.boolean(),
    clientID: t.id(),
    sequenceClientID: t.id(),
    distributedID: t.string(),
    storageRegion: t.string(),
    clientMutationId: t.string(),
  }),
})

type ArtifactPayload = { artifact: ArtifactView }

const artifactPayload = (name: string) =>
  builder.objectRef<ArtifactPayload>(name).implement({
    fields: (t) => ({ artifact: t.field({ type: Artifact, nullable: false, resolve: ({ artifact }) => artifact }) }),
  })

const CreateArtifactPayload = artifactPayload('CreateArtifactPayload')
const CommitArtifactPayload = artifactPayload('CommitArtifactPayload')
const UseArtifactPayload = artifactPayload('UseArtifactPayload')

const manifestPayload = (name: string) =>
  builder.objectRef<ManifestNode>(name).implement({
    fields: (t) => ({
      artifactManifest: t.field({ type: ArtifactManifest, nullable: false, resolve: (manifest) => manifest }),
    }),
  })

const CreateArtifactManifestPayload = manifestPayload('CreateArtifactManifestPayload')
const UpdateArtifactManifestPayload = manifestPayload('UpdateArtifactManifestPayload')

const CreateArtifactManifestInput = builder.inputType('CreateArtifactManifestInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    baseArtifactID: t.id(),
    name: t.string({ required: true }),
    digest: t.string({ required: true, description: 'MD5 of the file in base64; empty: not known yet.' }),
    entityName: t.string(),
    projectName: t.string(),
    runName: t.string(),
    type: t.field({ type: ArtifactManifestType }),
    clientMutationId: t.string(),
  }),
})

const UpdateArtifactManifestInput = builder.inputType('UpdateArtifactManifestInput', {
  fields: (t) => ({
    artifactManifestID: t.id({ required: true }),
    digest: t.string(),
    baseArtifactID: t.id(),
    clientMutationId: t.string(),
  }),
})

const UploadPartsInput = builder.inputType('UploadPartsInput', {
  fields: (t) => ({
    partNumber: t.field({ type: 'Int64', required: true }),
    hexMD5: t.string({ required: true }),
  }),
})

const CreateArtifactFileSpecInput = builder.inputType('CreateArtifactFileSpecInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    artifactManifestID: t.id(),
    name: t.string({ required: true }),
    md5: t.string({ required: true, description: 'In base64.' }),
    mimetype: t.string(),
    uploadPartsInput: t.field({
      type: [UploadPartsInput],
      description: 'To upload it in parts, where that is possible.',
    }),
    clientMutationId: t.string(),
  }),
})

const CreateArtifactFilesInput = builder.inputType('CreateArtifactFilesInput', {
  fields: (t) => ({
    artifactFiles: t.field({ type: [CreateArtifactFileSpecInput], required: true }),
    storageLayout: t.field({ type: ArtifactStorageLayout }),
    cloudRegionID: t.id(),
    clientMutationId: t.string(),
  }),
})

const UploadPart = builder.objectRef<{ partNumber: number; uploadUrl: string }>('UploadPart').implement({
  fields: (t) => ({
    partNumber: t.field({ type: 'Int64', nullable: false, resolve: (part) => part.partNumber }),
    uploadUrl: t.exposeString('uploadUrl', { nullable: false }),
  }),
})

const UploadMultipartUrls = builder.objectRef<PartsTarget>('UploadMultipartUrls').implement({
  fields: (t) => ({
    uploadID: t.exposeString('uploadId', { nullable: false }),
    uploadUrlParts: t.field({
      type: [UploadPart],
      nullable: false,
      resolve: ({ urls }) => urls.map((uploadUrl, index) => ({ partNumber: index + 1, uploadUrl })),
    }),
  }),
})

const BirthArtifact = builder
  .objectRef<{ id: number }>('BirthArtifact')
  .implement({ fields: (t) => ({ id: t.id({ nullable: false, resolve: ({ id }) => encodeId('Artifact', id) }) }) })

const CreatedArtifactFile = builder.objectRef<FilePlace>('CreatedArtifactFile').implement({
  fields: (t) => ({
    storagePath: t.exposeString('storagePath'),
    uploadUrl: t.string({
      description: 'Null: the bytes are there already.',
      resolve: ({ upload }) => upload?.url,
    }),
    uploadHeaders: t.stringList({ resolve: ({ upload }) => upload?.headers ?? [] }),
    uploadMultipartUrls: t.field({
      type: UploadMultipartUrls,
      description: 'Null: upload it whole, also when parts were announced.',
      resolve: ({ parts }) => parts,
    }),
    artifact: t.field({
      type: BirthArtifact,
      nullable: false,
      description: 'The version whose storage holds the bytes.',
      resolve: ({ birthArtifactId }) => ({ id: birthArtifactId }),
    }),
  }),
})
const CreatedArtifactFileConnection = connectionType('CreatedArtifactFile', CreatedArtifactFile)

const CreateArtifactFilesPayload = builder
  .objectRef<{ files: readonly FilePlace[] }>('CreateArtifactFilesPayload')
  .implement({
    fields: (t) => ({
      files: t.field({
        type: CreatedArtifactFileConnection,
        nullable: false,
        description: 'One for each file of the input, in its order.',
        resolve: ({ files }) => wholeConnection(files),
      }),
    }),
  })

const CompleteMultipartAction = builder.enumType('CompleteMultipartAction', { values: ['Complete'] as const })

const CompleteMultipartUploadArtifactInput = builder.inputType('CompleteMultipartUploadArtifactInput', {
  fields: (t) => ({
    completeMultipartAction: t.field({ type: CompleteMultipartAction, required: true }),
    completedParts: t.field({
      type: [UploadPartsInput],
      required: true,
      description: 'In `hexMD5` the ETag that the part was answered with.',
    }),
    artifactID: t.id({ required: true }),
    storagePath: t.string({ required: true }),
    uploadID: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const CompleteMultipartUploadArtifactPayload = builder
  .objectRef<{ digest: string }>('CompleteMultipartUploadArtifactPayload')
  .implement({ fields: (t) => ({ digest: t.exposeString('digest') }) })

const CommitArtifactInput = builder.inputType('CommitArtifactInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    imported: t.field({ type: ImportedVersionInput }),
    clientMutationId: t.string(),
  }),
})

const UseArtifactInput = builder.inputType('UseArtifactInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    runName: t.string({ required: true }),
    artifactID: t.id({ required: true }),
    usedAs: t.string(),
    artifactEntityName: t.string(),
    artifactProjectName: t.string(),
    clientMutationId: t.string(),
  }),
})

builder.mutationFields((t) => ({
  createArtifact: t.field({
    type: CreateArtifactPayload,
    args: { input: t.arg({ type: CreateArtifactInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const collection = input.artifactCollectionName ?? input.artifactCollectionNames?.[0]
      if (collection == null) throw new Refusal('invalid_request', 'Name the collection: "artifactCollectionName"')
      if (input.digestAlgorithm === 'MANIFEST_XXH128') {
        throw new Refusal('not_supported', 'Manifest digests are MD5 here: unset WANDB_USE_XXH128')
      }
      const created = await createArtifact(context.world, context.caller, {
        entity: input.entityName,
        project: input.projectName,
        run: input.runName ?? null,
        type: input.artifactTypeName,
        collection,
        digest: input.digest,
        description: input.description,
        metadata: input.metadata,
        aliases: aliasNames(input.aliases, collection),
        tags: tagNames(input.tags),
        ttlSeconds: input.ttlDurationSeconds,
        historyStep: input.historyStep,
        deduplicate: input.enableDigestDeduplication === true,
        clientId: input.clientID,
        sequenceClientId: input.sequenceClientID,
        distributedId: input.distributedID,
        storageRegion: input.storageRegion,
      })
      const { artifactId, collectionId, latestArtifactId } = created
      newestOfCollection.know(context, collectionId, latestArtifactId ?? undefined)
      const [artifact] = await Promise.all([
        artifactById(context, artifactId),
        latestArtifactId === null ? undefined : artifactById(context, latestArtifactId),
      ])
      assert(artifact !== undefined, 'who made an artifact sees it')
      return { artifact }
    },
  }),
  createArtifactManifest: t.field({
    type: CreateArtifactManifestPayload,
    args: { input: t.arg({ type: CreateArtifactManifestInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) =>
      createManifest(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        kind: input.type ?? 'FULL',
        name: input.name,
        digest: input.digest,
        run: input.runName,
        baseArtifactId: input.baseArtifactID == null ? null : artifactIdOf(input.baseArtifactID),
        withUpload: input.digest !== '',
      }),
  }),
  updateArtifactManifest: t.field({
    type: UpdateArtifactManifestPayload,
    args: { input: t.arg({ type: UpdateArtifactManifestInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) => {
      const manifestId = decodeId('ArtifactManifest', input.artifactManifestID)
      if (manifestId === undefined) throw notFound(`Manifest "${input.artifactManifestID}"`)
      return updateManifest(world, caller, {
        manifestId,
        digest: input.digest,
        baseArtifactId: input.baseArtifactID == null ? null : artifactIdOf(input.baseArtifactID),
        withUpload: input.digest != null && input.digest !== '',
      })
    },
  }),
  createArtifactFiles: t.field({
    type: CreateArtifactFilesPayload,
    args: { input: t.arg({ type: CreateArtifactFilesInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const specs = input.artifactFiles.map((file) => ({
        artifactId: artifactIdOf(file.artifactID),
        path: file.name,
        digest: file.md5,
        parts: file.uploadPartsInput?.map(({ partNumber, hexMD5 }) => ({ partNumber, hexMd5: hexMD5 })),
      }))
      return { files: await createArtifactFiles(world, caller, specs) }
    },
  }),
  completeMultipartUploadArtifact: t.field({
    type: CompleteMultipartUploadArtifactPayload,
    args: { input: t.arg({ type: CompleteMultipartUploadArtifactInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) =>
      completeParts(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        storagePath: input.storagePath,
        uploadId: input.uploadID,
        parts: input.completedParts.map(({ partNumber, hexMD5 }) => ({ number: partNumber, etag: hexMD5 })),
      }),
  }),
  commitArtifact: t.field({
    type: CommitArtifactPayload,
    args: { input: t.arg({ type: CommitArtifactInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      artifact: await commitArtifact(world, caller, artifactIdOf(input.artifactID), importedVersion(input.imported)),
    }),
  }),
  useArtifact: t.field({
    type: UseArtifactPayload,
    args: { input: t.arg({ type: UseArtifactInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      artifact: await useArtifact(world, caller, {
        entity: input.entityName,
        project: input.projectName,
        run: input.runName,
        artifactId: artifactIdOf(input.artifactID),
        usedAs: input.usedAs,
      }),
    }),
  }),
}))

import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type {
  AliasView,
  ArtifactTypeView,
  ArtifactView,
  CollectionKind,
  CollectionView,
  MembershipView,
  Page,
  PageRequest,
  TagView,
} from './types.ts'

// What takes a `projectId`, a `collectionId` or other ids answers, for those the caller may not see, as for those that
// do not exist. Pending artifacts and sequences that never had a version do not exist for readers.

export async function findArtifactType(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string },
): Promise<ArtifactTypeView | undefined> {
  throw new Error(`${world}${caller}${input}`)
}

/** By name. Key: name. */
export async function listArtifactTypes(
  world: World,
  caller: Caller,
  projectId: number,
  page: PageRequest,
): Promise<Page<ArtifactTypeView>> {
  throw new Error(`${world}${caller}${projectId}${page}`)
}

/** `type`: only if it holds this type. */
export async function findCollection(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string; type?: string | undefined },
): Promise<CollectionView | undefined> {
  throw new Error(`${world}${caller}${input}`)
}

export async function loadCollections(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, CollectionView>> {
  throw new Error(`${world}${caller}${ids}`)
}

/** By name. Key: name. */
export async function listCollections(
  world: World,
  caller: Caller,
  input: { projectId: number; type?: string | undefined; kind?: CollectionKind | undefined },
  page: PageRequest,
): Promise<Page<CollectionView>> {
  throw new Error(`${world}${caller}${input}${page}`)
}

export async function countCollections(
  world: World,
  caller: Caller,
  input: { projectId: number; type?: string | undefined; kind?: CollectionKind | undefined },
): Promise<number> {
  throw new Error(`${world}${caller}${input}`)
}

/** `name`: `collection:v3`, `collection:alias`, or `collection` for its `latest`. */
export async function findVersionByName(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string },
): Promise<MembershipView | undefined> {
  throw new Error(`${world}${caller}${input}`)
}

/** `version`: `v3` or an alias. */
export async function findVersion(
  world: World,
  caller: Caller,
  input: { collectionId: number; version: string },
): Promise<MembershipView | undefined> {
  throw new Error(`${world}${caller}${input}`)
}

/** Newest first. Key: the version number. */
export async function listVersions(
  world: World,
  caller: Caller,
  collectionId: number,
  page: PageRequest,
): Promise<Page<MembershipView>> {
  throw new Error(`${world}${caller}${collectionId}${page}`)
}

export async function countVersions(world: World, caller: Caller, collectionId: number): Promise<number> {
  throw new Error(`${world}${caller}${collectionId}`)
}

/** Committed ones the caller may see through any collection; and pending ones of the caller's own making. */
export async function loadArtifacts(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, ArtifactView>> {
  throw new Error(`${world}${caller}${ids}`)
}

export async function findArtifact(world: World, caller: Caller, id: number): Promise<ArtifactView | undefined> {
  throw new Error(`${world}${caller}${id}`)
}

/** The newest version's artifact id by collection id; collections without versions are absent. */
export async function latestOf(world: World, collectionIds: readonly number[]): Promise<Map<number, number>> {
  throw new Error(`${world}${collectionIds}`)
}

/** Every membership the caller may see, the source's among them, by artifact id. */
export async function membershipsOf(
  world: World,
  caller: Caller,
  artifactIds: readonly number[],
): Promise<Map<number, MembershipView[]>> {
  throw new Error(`${world}${caller}${artifactIds}`)
}

/** By membership id, sorted. For memberships already read. */
export async function aliasesOf(world: World, membershipIds: readonly number[]): Promise<Map<number, AliasView[]>> {
  throw new Error(`${world}${membershipIds}`)
}

/** Across the collections the caller may see, by artifact id. */
export async function aliasesOfArtifacts(
  world: World,
  caller: Caller,
  artifactIds: readonly number[],
): Promise<Map<number, AliasView[]>> {
  throw new Error(`${world}${caller}${artifactIds}`)
}

/** Key: alias. */
export async function listAliases(
  world: World,
  caller: Caller,
  collectionId: number,
  page: PageRequest,
): Promise<Page<AliasView>> {
  throw new Error(`${world}${caller}${collectionId}${page}`)
}

/** By artifact id, sorted. For artifacts already read. */
export async function tagsOf(world: World, artifactIds: readonly number[]): Promise<Map<number, TagView[]>> {
  throw new Error(`${world}${artifactIds}`)
}

/** By collection id, sorted. For collections already read. */
export async function tagsOfCollections(
  world: World,
  collectionIds: readonly number[],
): Promise<Map<number, TagView[]>> {
  throw new Error(`${world}${collectionIds}`)
}

/** What a client id stands for, among what the caller may see. */
export async function resolveClientId(
  world: World,
  caller: Caller,
  clientId: string,
): Promise<{ artifactId: number } | { collectionId: number } | undefined> {
  throw new Error(`${world}${caller}${clientId}`)
}

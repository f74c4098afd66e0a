import type { Selectable } from 'kysely'
import type {
  AliasRow,
  ArtifactRow,
  ArtifactTypeRow,
  CollectionRow,
  EntityRow,
  MembershipRow,
  ProjectRow,
  RunRow,
  UserRow,
} from '../database/schema.ts'
import { builder } from './builder.ts'

/**
 * The object types that more than one domain speaks of, each with what its resolvers get as `parent`. They are declared
 * here, before any domain implements its own, because they refer to each other in circles.
 *
 * Parents are rows. What a type shows beside its own row is loaded by `batched` loaders, so a list costs one statement a
 * field, not one a node.
 */
export type UserNode = Selectable<UserRow>
export type EntityNode = Selectable<EntityRow>
export type ProjectNode = Selectable<ProjectRow>
export type RunNode = Selectable<RunRow>
export type ArtifactTypeNode = Selectable<ArtifactTypeRow>
export type CollectionNode = Selectable<CollectionRow>
export type ArtifactNode = Selectable<ArtifactRow>
export type MembershipNode = Selectable<MembershipRow>
export type AliasNode = Selectable<AliasRow>
export type TagNode = { id: number; tag: string }

export const User = builder.objectRef<UserNode>('User')
export const Entity = builder.objectRef<EntityNode>('Entity')
/** An organization is its own entity, whose name is `orgEntity.name`; `Organization.name` is its display name. */
export const Organization = builder.objectRef<EntityNode>('Organization')
export const Project = builder.objectRef<ProjectNode>('Project')
export const Run = builder.objectRef<RunNode>('Run')
export const ArtifactType = builder.objectRef<ArtifactTypeNode>('ArtifactType')
export const ArtifactCollection = builder.interfaceRef<CollectionNode>('ArtifactCollection')
export const ArtifactSequence = builder.objectRef<CollectionNode>('ArtifactSequence')
export const ArtifactPortfolio = builder.objectRef<CollectionNode>('ArtifactPortfolio')
export const Artifact = builder.objectRef<ArtifactNode>('Artifact')
export const ArtifactCollectionMembership = builder.objectRef<MembershipNode>('ArtifactCollectionMembership')
export const ArtifactAlias = builder.objectRef<AliasNode>('ArtifactAlias')
export const Tag = builder.objectRef<TagNode>('Tag')

import type { Entity as EntityNode, User as UserNode } from '../access/operations.ts'
import type {
  AliasView,
  ArtifactView,
  CollectionRef,
  MembershipView,
  ProjectRef,
  RunRef,
  TagView,
} from '../artifacts/types.ts'
import { builder } from './builder.ts'

/**
 * The object types that more than one domain speaks of, each with what its resolvers get as `parent`. They are declared
 * here, before any domain implements its own, because they refer to each other in circles.
 *
 * A parent is the little that every place has which leads to it; a longer view may be given where it is at hand. What
 * is missing is loaded by `batched` loaders, so a list costs one statement a field, not one a node.
 */
export const User = builder.objectRef<UserNode>('User')
export const Entity = builder.objectRef<EntityNode>('Entity')
/** An organization is its own entity, whose name is `orgEntity.name`; `Organization.name` is its display name. */
export const Organization = builder.objectRef<EntityNode>('Organization')
export const Project = builder.objectRef<ProjectRef>('Project')
export const Run = builder.objectRef<RunRef>('Run')
export const ArtifactType = builder.objectRef<{ id: number; name: string }>('ArtifactType')
export const ArtifactCollection = builder.interfaceRef<CollectionRef>('ArtifactCollection')
export const ArtifactSequence = builder.objectRef<CollectionRef>('ArtifactSequence')
export const ArtifactPortfolio = builder.objectRef<CollectionRef>('ArtifactPortfolio')
export const Artifact = builder.objectRef<ArtifactView>('Artifact')
export const ArtifactCollectionMembership = builder.objectRef<MembershipView>('ArtifactCollectionMembership')
export const ArtifactAlias = builder.objectRef<AliasView>('ArtifactAlias')
export const Tag = builder.objectRef<TagView>('Tag')

/** Of a run's alert and of a notification. */
export const AlertSeverity = builder.enumType('AlertSeverity', { values: ['INFO', 'WARN', 'ERROR'] as const })

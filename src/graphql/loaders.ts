import { type Entity, loadEntities, loadUsers, type User } from '../access/operations.ts'
import { batched } from './loader.ts'

/** For users that something visible refers to, such as who started a run. */
export const userById = batched<number, User>((context, ids) => loadUsers(context.world, ids))

/** For entities that something visible belongs to. */
export const entityById = batched<number, Entity>((context, ids) => loadEntities(context.world, ids))

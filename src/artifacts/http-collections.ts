import { z } from 'zod'
import { decodeCursor, PageQuery, page } from '../http/paging.ts'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import {
  answerPage,
  CollectionOutput,
  CollectionPath,
  collectionOutput,
  Description,
  Label,
  ProjectPath,
  TimeToLive,
  ttlSecondsOf,
} from './http-shapes.ts'
import {
  addCollectionTags,
  createCollection,
  deleteCollection,
  deleteCollectionTags,
  describeCollections,
  listCollections,
  requireCollection,
  requireProject,
  updateCollection,
} from './operations.ts'
import type { CollectionView } from './types.ts'

const ORDERS = {
  name: { field: 'name', type: 'text' },
  created: { field: 'created', type: 'number' },
  updated: { field: 'updated', type: 'number' },
} as const

function orderOf(name: keyof typeof ORDERS | `-${keyof typeof ORDERS}`) {
  const isBackwards = name.startsWith('-')
  const order = ORDERS[(isBackwards ? name.slice(1) : name) as keyof typeof ORDERS]
  return { ...order, direction: isBackwards ? ('desc' as const) : ('asc' as const) }
}

export function collectionRoutes(app: RestApp, world: World): void {
  const tags = ['collections']
  const path = '/projects/:entity/:project/collections'

  async function answer(collection: CollectionView) {
    const [described] = await describeCollections(world, [collection])
    return collectionOutput(described!)
  }

  app.get(
    path,
    {
      schema: {
        operationId: 'listCollections',
        summary: 'List the collections of a project',
        tags,
        params: ProjectPath,
        querystring: PageQuery.extend({
          type: Label.optional(),
          kind: z.enum(['SEQUENCE', 'PORTFOLIO']).optional(),
          q: text({ min: 1, max: 128 }).optional().describe('A part of the name, in capitals or not.'),
          order: z
            .enum(['name', '-name', 'created', '-created', 'updated', '-updated'])
            .default('name')
            .describe('With a minus the other way round: the newest first.'),
        }),
        response: { 200: page(CollectionOutput) },
      },
    },
    async (request) => {
      const { limit, cursor, type, kind, q, order } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const caller = callerOf(request)
      const project = await requireProject(world, caller, request.params)
      const about = { projectId: project.id, type, kind, text: q, order: orderOf(order) }
      const found = await listCollections(world, caller, about, { limit, after })
      const described = await describeCollections(world, found.items)
      return answerPage({ items: described, nextKey: found.nextKey }, collectionOutput)
    },
  )

  app.post(
    path,
    {
      config: { wrongField: { ...wrongNameAt('/name'), artifact_type_mismatch: '/type' } },
      schema: {
        operationId: 'createCollection',
        summary: 'Make a collection that has no versions yet',
        description: 'Logging and linking make missing collections by themselves.',
        tags,
        params: ProjectPath,
        body: z
          .strictObject({
            name: Name,
            type: Label,
            kind: z
              .enum(['SEQUENCE', 'PORTFOLIO'])
              .optional()
              .describe('In a registry PORTFOLIO, which alone it holds, else SEQUENCE by default.'),
            description: Description.nullable().optional(),
          })
          .meta({ id: 'NewCollection' }),
        response: { 201: CollectionOutput },
      },
    },
    async (request, reply) => {
      const made = await createCollection(world, callerOf(request), { ...request.params, ...request.body })
      reply.code(201)
      return answer(made)
    },
  )

  app.get(
    `${path}/:collection`,
    {
      schema: {
        operationId: 'getCollection',
        summary: 'Show a collection',
        tags,
        params: CollectionPath,
        response: { 200: CollectionOutput },
      },
    },
    async (request) => answer(await requireCollection(world, callerOf(request), request.params)),
  )

  app.patch(
    `${path}/:collection`,
    {
      config: { wrongField: { ...wrongNameAt('/name'), artifact_type_mismatch: '/type' } },
      schema: {
        operationId: 'updateCollection',
        summary: 'Rename or describe a collection, or give a sequence another type or its versions a time to live',
        tags,
        params: CollectionPath,
        body: z
          .strictObject({
            name: Name.optional(),
            description: Description.nullable().optional(),
            type: Label.optional(),
            timeToLive: TimeToLive.optional(),
          })
          .meta({ id: 'CollectionPatch' }),
        response: { 200: CollectionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { id: collectionId } = await requireCollection(world, caller, request.params)
      const { timeToLive, ...about } = request.body
      const ttlSeconds = timeToLive === undefined ? undefined : ttlSecondsOf(timeToLive)
      return answer(await updateCollection(world, caller, { collectionId, ...about, ttlSeconds }))
    },
  )

  app.delete(
    `${path}/:collection`,
    {
      schema: {
        operationId: 'deleteCollection',
        summary: 'Delete a collection',
        description: 'With a sequence go its versions and all their links; with a portfolio only the links.',
        tags,
        params: CollectionPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { id } = await requireCollection(world, caller, request.params)
      await deleteCollection(world, caller, id)
      return reply.code(204).send(null)
    },
  )

  const tagPath = CollectionPath.extend({ tag: Label })

  app.put(
    `${path}/:collection/tags/:tag`,
    {
      schema: {
        operationId: 'tagCollection',
        summary: 'Tag a collection',
        tags,
        params: tagPath,
        response: { 200: CollectionOutput },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      await addCollectionTags(world, caller, { ...request.params, tags: [request.params.tag] })
      return answer(await requireCollection(world, caller, request.params))
    },
  )

  app.delete(
    `${path}/:collection/tags/:tag`,
    {
      schema: {
        operationId: 'untagCollection',
        summary: 'Take a tag from a collection',
        tags,
        params: tagPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteCollectionTags(world, callerOf(request), { ...request.params, tags: [request.params.tag] })
      return reply.code(204).send(null)
    },
  )
}

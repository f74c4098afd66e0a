import type { InterfaceRef, ObjectRef, OutputRefShape, UnionRef } from '@pothos/core'
import { PAGE_SIZE_DEFAULT } from '../http/paging.ts'
import { Refusal } from '../refusal.ts'
import { builder } from './builder.ts'

/** The client asks for up to 5,000 file URLs a page; nobody needs more at once. Larger pages are cut to this. */
export const FIRST_MAX = 10_000

/**
 * One page of a list as resolvers return it: the nodes with the cursor that continues after each, and whether there
 * are more. `totalCount` is only asked when the document selects it.
 *
 * The client stops at the first page without nodes, so a page is empty only when the list ends: rights and filters
 * belong into the query, never after it.
 */
export type Connection<Node, Edge extends object = object> = {
  edges: readonly ({ node: Node; cursor: string } & Edge)[]
  hasNextPage: boolean
  totalCount?: () => Promise<number> | number
}

/** A page made from REST-style pages, `{ items, cursor? }`: only its end can be continued from, which is all clients do. */
export function connectionOf<Node>(
  page: { items: readonly Node[]; cursor?: string | undefined },
  totalCount?: () => Promise<number> | number,
): Connection<Node> {
  return {
    edges: page.items.map((node) => ({ node, cursor: page.cursor ?? '' })),
    hasNextPage: page.cursor !== undefined,
    ...(totalCount === undefined ? {} : { totalCount }),
  }
}

/** A short list that is always shown whole, in the shape of a connection. */
export function wholeConnection<Node>(nodes: readonly Node[]): Connection<Node> {
  return { edges: nodes.map((node) => ({ node, cursor: '' })), hasNextPage: false, totalCount: () => nodes.length }
}

export const PageInfo = builder.objectRef<{ endCursor: string | null; hasNextPage: boolean }>('PageInfo')
PageInfo.implement({
  fields: (t) => ({
    endCursor: t.exposeString('endCursor'),
    hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false }),
  }),
})

type NodeRef = ObjectRef<SchemaTypes, unknown> | InterfaceRef<SchemaTypes, unknown> | UnionRef<SchemaTypes, unknown>
type SchemaTypes = (typeof builder)['$inferSchemaTypes']

/**
 * The connection type of a node type, named `<name>Connection`, with edges `<name>Edge`. Make one per node type, beside
 * it. `edge` adds fields to the edge, which resolvers then give beside `node` and `cursor`.
 */
export function connectionType<Ref extends NodeRef, Edge extends object = object>(
  name: string,
  node: Ref,
  edgeFields?: (ref: ObjectRef<SchemaTypes, { node: OutputRefShape<Ref>; cursor: string } & Edge>) => void,
): ObjectRef<SchemaTypes, Connection<OutputRefShape<Ref>, Edge>> {
  type Node = OutputRefShape<Ref>
  const edge = builder.objectRef<{ node: Node; cursor: string } & Edge>(`${name}Edge`)
  edge.implement({
    fields: (t) => ({
      node: t.field({ type: node as ObjectRef<SchemaTypes, Node>, resolve: (parent) => parent.node as never }),
      cursor: t.string({ nullable: false, resolve: (parent) => parent.cursor }),
    }),
  })
  edgeFields?.(edge)
  const connection = builder.objectRef<Connection<Node, Edge>>(`${name}Connection`)
  connection.implement({
    fields: (t) => ({
      edges: t.field({ type: [edge], nullable: false, resolve: (parent) => parent.edges as never }),
      pageInfo: t.field({
        type: PageInfo,
        nullable: false,
        resolve: (parent) => ({
          endCursor: parent.hasNextPage ? (parent.edges.at(-1)?.cursor ?? null) : null,
          hasNextPage: parent.hasNextPage,
        }),
      }),
      totalCount: t.int({ nullable: false, resolve: (parent) => parent.totalCount?.() ?? parent.edges.length }),
    }),
  })
  return connection
}

/** The arguments every paged field takes. */
export function pageArguments() {
  return builder.args((t) => ({ first: t.int(), after: t.string() }))
}

/**
 * `first` and `after` as operations take them: at least 1 and at most 10,000 rows, 50 when not said.
 *
 * @throws Refusal `invalid_request` for a page size below 1
 */
export function pageOf(args: { first?: number | null | undefined; after?: string | null | undefined }): {
  limit: number
  cursor: string | undefined
} {
  const first = args.first ?? PAGE_SIZE_DEFAULT
  if (first < 1) throw new Refusal('invalid_request', '"first" must be at least 1')
  // Clients send the empty string for "from the start".
  return { limit: Math.min(first, FIRST_MAX), cursor: args.after === '' ? undefined : (args.after ?? undefined) }
}

import type { InterfaceRef, ObjectRef, UnionRef } from '@pothos/core'
import { decodeCursor, encodeCursor, PAGE_SIZE_DEFAULT } from '../http/paging.ts'
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

/** The page an operation gave: only its end can be continued from, which is all that clients do. */
export function connectionOf<Node>(
  page: { items: readonly Node[]; nextKey: string | number | undefined },
  totalCount?: () => Promise<number> | number,
): Connection<Node> {
  const cursor = page.nextKey === undefined ? '' : encodeCursor([page.nextKey])
  return {
    edges: page.items.map((node) => ({ node, cursor })),
    hasNextPage: page.nextKey !== undefined,
    ...(totalCount === undefined ? {} : { totalCount }),
  }
}

/** A short list that is always shown whole, in the shape of a connection. */
export function wholeConnection<Node>(nodes: readonly Node[]): Connection<Node> {
  return { edges: nodes.map((node) => ({ node, cursor: '' })), hasNextPage: false, totalCount: () => nodes.length }
}

const PageInfo = builder.objectRef<{ endCursor: string | null; hasNextPage: boolean }>('PageInfo')
PageInfo.implement({
  fields: (t) => ({
    endCursor: t.exposeString('endCursor'),
    hasNextPage: t.exposeBoolean('hasNextPage', { nullable: false }),
  }),
})

type Types = (typeof builder)['$inferSchemaTypes']

/**
 * The connection type of a node type, named `<name>Connection`, with edges `<name>Edge`. Make one per node type, beside
 * it. `edgeFields` adds fields to the edge, which resolvers then give beside `node` and `cursor`.
 */
export function connectionType<Node, Edge extends object = object>(
  name: string,
  node: ObjectRef<Types, Node, unknown> | InterfaceRef<Types, Node, unknown> | UnionRef<Types, Node, unknown>,
  edgeFields?: (ref: ObjectRef<Types, { node: Node; cursor: string } & Edge>) => void,
): ObjectRef<Types, Connection<Node, Edge>> {
  const edge = builder.objectRef<{ node: Node; cursor: string } & Edge>(`${name}Edge`)
  edge.implement({
    fields: (t) => ({
      node: t.field({ type: node as ObjectRef<Types, Node>, resolve: (parent) => parent.node as never }),
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
 * `first` and `after` as operations take them: at least 1 and at most 10,000 rows, 50 when not said. `keyType` is that
 * of the operation's page keys, so that a cursor of another list is refused instead of breaking the query.
 *
 * @throws Refusal `invalid_request` for a page size below 1, `cursor_invalid`
 */
export function pageOf<Type extends 'string' | 'number'>(
  args: { first?: number | null | undefined; after?: string | null | undefined },
  keyType: Type,
): { limit: number; after?: Type extends 'string' ? string : number } {
  const limit = limitOf(args)
  // Clients send the empty string for "from the start".
  const key = decodeCursor(args.after || undefined, [keyType])
  return key === undefined ? { limit } : { limit, after: key[0] as never }
}

/**
 * How many rows a page has.
 *
 * @throws Refusal `invalid_request` for a page size below 1
 */
export function limitOf(args: { first?: number | null | undefined }): number {
  const first = args.first ?? PAGE_SIZE_DEFAULT
  if (first < 1) throw new Refusal('invalid_request', '"first" must be at least 1')
  return Math.min(first, FIRST_MAX)
}

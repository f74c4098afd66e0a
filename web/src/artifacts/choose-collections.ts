import type { Schemas } from '../api/client'

type Collection = Pick<Schemas['Collection'], 'name' | 'type' | 'tags' | 'description' | 'updatedAt' | 'createdAt'>

const ORDERS = ['name', 'type', 'updated'] as const
export type CollectionOrder = (typeof ORDERS)[number]

export function isCollectionOrder(by: string): by is CollectionOrder {
  return ORDERS.some((order) => order === by)
}

/** Of what has been read, the collections of a type that have every word of `text` somewhere, in the order asked for. */
export function chooseCollections<Row extends Collection>(
  rows: readonly Row[],
  wanted: { type: string | undefined; text: string; by: CollectionOrder; isDescending: boolean },
): Row[] {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean)
  const chosen = rows.filter((row) => {
    if (wanted.type !== undefined && row.type !== wanted.type) return false
    const all = [row.name, row.type, row.description ?? '', ...row.tags].join('\n').toLowerCase()
    return words.every((word) => all.includes(word))
  })
  const sign = wanted.isDescending ? -1 : 1
  return chosen.sort((a, b) => sign * compare(a, b, wanted.by) || compare(a, b, 'name'))
}

const byName = new Intl.Collator('en', { numeric: true })

function compare(a: Collection, b: Collection, by: CollectionOrder): number {
  if (by === 'updated') return a.updatedAt.localeCompare(b.updatedAt)
  return byName.compare(a[by], b[by])
}

import { useMemo, useState } from 'react'

/** Rows of a list that are chosen, by their ids. */
export type Selection = {
  size: number
  ids: string[]
  has(id: string): boolean
  toggle(id: string): void
  set(ids: readonly string[]): void
}

export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  return useMemo(
    () => ({
      size: chosen.size,
      ids: [...chosen],
      has: (id) => chosen.has(id),
      toggle(id) {
        const after = new Set(chosen)
        if (!after.delete(id)) after.add(id)
        setChosen(after)
      },
      set: (ids) => setChosen(new Set(ids)),
    }),
    [chosen],
  )
}

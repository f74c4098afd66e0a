import type { VirtualItem } from '@tanstack/react-virtual'
import { useCallback, useState } from 'react'
import { useLocation } from 'react-router'

/** Visits whose lists are remembered; what was seen of one takes some kilobytes, a list that was seen whole a megabyte. */
const PLACES_MAX = 20

/** What was measured of the rows of a list, by the visit to its page and its label; the last one used last. */
const measured = new Map<string, VirtualItem[]>()

/**
 * How high the rows of a list were when this very visit to its page was left, so that going back draws it as high as it
 * was, to the pixel: the place it was scrolled to is where it was then.
 */
export function useKeptHeights(label: string): { kept: VirtualItem[]; keep(heights: VirtualItem[]): void } {
  const { key } = useLocation()
  const name = `${key} ${label}`
  const [kept] = useState(() => measured.get(name) ?? [])
  const keep = useCallback(
    (heights: VirtualItem[]) => {
      measured.delete(name)
      measured.set(name, heights)
      const [oldest] = measured.keys()
      if (measured.size > PLACES_MAX && oldest !== undefined) measured.delete(oldest)
    },
    [name],
  )
  return { kept, keep }
}

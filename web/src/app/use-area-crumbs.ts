import type { Crumb } from '../ui/page'
import { areaCrumbs } from './crumbs'
import { useViewer } from './session'
import { useArea } from './use-area'

/** The way to the area of the page that is open. */
export function useAreaCrumbs(): Crumb[] {
  return areaCrumbs(useViewer(), useArea())
}

import { useLocation } from 'react-router'
import { type Area, areaOf } from './area'

/** What the page that is open is about. */
export function useArea(): Area {
  return areaOf(useLocation().pathname)
}

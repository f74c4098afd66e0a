/** Where somebody was in this browser, newest first; kept in it, so that it goes no further. */
export type Place = { to: string; title: string }

const KEPT_MAX = 12
/** Those that everybody finds without help. */
const UNKEPT = new Set(['/', '/login'])

const keyOf = (username: string) => `tripline-recent-${username}`

/** Puts a place before all others; one that was there already moves up, under its newest title. */
export function withPlace(places: Place[], place: Place): Place[] {
  if (UNKEPT.has(place.to)) return places
  return [place, ...places.filter(({ to }) => to !== place.to)].slice(0, KEPT_MAX)
}

export function readPlaces(username: string): Place[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(username)) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isPlace) : []
  } catch {
    return []
  }
}

export function rememberPlace(username: string, place: Place): void {
  try {
    localStorage.setItem(keyOf(username), JSON.stringify(withPlace(readPlaces(username), place)))
  } catch {
    // Storage that is full or forbidden only means that nothing is remembered.
  }
}

/** Whoever signs out leaves no names behind. */
export function forgetPlaces(username: string): void {
  try {
    localStorage.removeItem(keyOf(username))
  } catch {
    // As above.
  }
}

/** Only paths of this app: what else came into the storage is not followed. */
function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null) return false
  const { to, title } = value as Partial<Place>
  return typeof to === 'string' && /^\/(?!\/)/.test(to) && typeof title === 'string'
}

const HOUR_MS = 3_600_000

/** Longer than any upload goes without a byte (it is ended after a minute), the slowest sync included. */
const QUIET_MS_MAX = HOUR_MS

/**
 * The process that is receiving a file. `place`: lower-case hex that tells apart what cannot see each other's process
 * ids (machines, containers). `startedAt`: milliseconds since the epoch, which tells two holders of one id apart.
 */
export type IncomingOwner = { place: string; pid: number; startedAt: number }

/** The name of a file that is being received; `unique` is lower-case hex. */
export function incomingName(owner: IncomingOwner, unique: string): string {
  return `${owner.place}-${owner.pid}-${owner.startedAt}-${unique}`
}

const INCOMING_NAME = /^(?<place>[0-9a-f]+)-(?<pid>\d+)-(?<startedAt>\d+)-[0-9a-f]+$/

/**
 * Whether nobody will finish this file: its process is gone, or it has not grown for an hour. A file that is not one of
 * ours is left alone.
 *
 * - `modifiedAt`: when it last grew.
 * - `self`: this process, whose own files are never abandoned: it removes them itself.
 * - `isAlive`: whether a process of this place has that id. Ids are given again, so `true` may be about another one.
 */
export function isAbandoned(
  file: { name: string; modifiedAt: number },
  observer: { self: IncomingOwner; now: number; isAlive(pid: number): boolean },
): boolean {
  const { place, pid, startedAt } = INCOMING_NAME.exec(file.name)?.groups ?? {}
  if (place === undefined) return false

  const { self } = observer
  if (place === self.place) {
    const isOwnPid = Number(pid) === self.pid
    if (isOwnPid && Number(startedAt) === self.startedAt) return false
    if (isOwnPid || !observer.isAlive(Number(pid))) return true
  }
  return observer.now - file.modifiedAt > QUIET_MS_MAX
}

import { readdirSync, readFileSync } from 'node:fs'

/** `/proc` counts processor time in these; 100 a second on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100

/** Resident bytes of a process (Linux). */
export function rssBytes(pid: number): number {
  return kibOf(pid, 'VmRSS') * 1024
}

function kibOf(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** The most that was resident of a process since it began (Linux). */
export function peakRssBytes(pid: number): number {
  return kibOf(pid, 'VmHWM') * 1024
}

/** Seconds of processor time a process has used, by all its threads (Linux). */
export function cpuSeconds(pid: number): number {
  const { userTicks, systemTicks } = statOf(pid)
  return (userTicks + systemTicks) / TICKS_PER_SECOND
}

/** The same of a process, its living children, and those of them that have ended. */
export function cpuSecondsBelow(parent: number): number {
  const { userTicks, systemTicks, endedTicks } = statOf(parent)
  let ticks = userTicks + systemTicks + endedTicks
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = statOf(Number(name))
      if (stat.parent === parent) ticks += stat.userTicks + stat.systemTicks
    } catch {
      // It has ended since the list was made.
    }
  }
  return ticks / TICKS_PER_SECOND
}

/** `man 5 proc_pid_stat`: the name in brackets may hold anything, so fields are counted from behind it. */
function statOf(pid: number): { parent: number; userTicks: number; systemTicks: number; endedTicks: number } {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent, userTicks, systemTicks, endedUser, endedSystem] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]))
  return {
    parent: parent!,
    userTicks: userTicks!,
    systemTicks: systemTicks!,
    endedTicks: endedUser! + endedSystem!,
  }
}

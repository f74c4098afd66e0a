import { readProvision } from '../../scripts/provision.ts'

/** How syncs are: as the disk makes them, watched by the tracer but not slowed, or each 5 ms longer. */
export type Syncs = 'as they are' | 'traced' | '5 ms more'
export const SYNCS: readonly Syncs[] = ['as they are', 'traced', '5 ms more']

const DELAY_MS = 5

/**
 * The command to put before a program so that its syncs are so; `undefined` where there is no tracer.
 *
 * The tracer sees syncs only (a filter in the kernel lets all other calls pass) and runs beside the program, which keeps
 * its process id.
 */
export function commandBefore(syncs: Syncs): string[] | undefined {
  if (syncs === 'as they are') return []
  const strace = readProvision()?.strace
  if (strace?.found !== true) return undefined
  const delay = syncs === '5 ms more' ? ['-e', `inject=fsync,fdatasync:delay_exit=${DELAY_MS * 1_000}`] : []
  return [strace.path, '-D', '-f', '--seccomp-bpf', '-e', 'trace=fsync,fdatasync', ...delay, '-qq', '-o', '/dev/null']
}

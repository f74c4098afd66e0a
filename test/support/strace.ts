/** A system call that has ended, in the order of their ends. `text` is what strace says of its arguments. */
export type SystemCall = { name: string; text: string; result: string }

/** Reads the output of `strace -f -y -o`: calls that other threads interrupted are put together again. */
export function parseStrace(output: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, { name: string; text: string }>()
  for (const line of output.split('\n')) {
    const begun = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/.exec(line)
    if (begun !== null) {
      unfinished.set(begun[1]!, { name: begun[2]!, text: begun[3]! })
      continue
    }
    const resumed = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+.*)$/.exec(line)
    if (resumed !== null) {
      const start = unfinished.get(resumed[1]!)
      if (start !== undefined) calls.push({ ...start, text: start.text + resumed[3]!, result: resumed[4]! })
      unfinished.delete(resumed[1]!)
      continue
    }
    const whole = /^(\d+) +(\w+)\((.*)\) += (-?\d+.*)$/.exec(line)
    if (whole !== null) calls.push({ name: whole[2]!, text: whole[3]!, result: whole[4]! })
  }
  return calls
}

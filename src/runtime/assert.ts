/** A claim about our own code. A failure is a bug: it crashes the request or the pass, never the process. */
export function assert(claim: unknown, message: string): asserts claim {
  if (!claim) throw new Error(`Assertion failed: ${message}`)
}

/** For the `default` of a switch over a union: the compiler refuses the call while a case is unanswered. */
export function unreachable(value: never): never {
  throw new Error(`Unreachable case: ${JSON.stringify(value)}`)
}

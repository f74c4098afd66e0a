/** Why a delivery stands as it does, or an execution was skipped, in words; codes that are not listed stand for themselves. */
const REASONS: Record<string, string> = {}

export function reasonInWords(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll('_', ' ')
}

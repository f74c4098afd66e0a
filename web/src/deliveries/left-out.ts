/** Why deliveries of a window cannot be sent once more, as the API counts them. */
const WORDS: Record<string, string> = {
  bodies_purged: 'their payload has been purged because of its age',
  never_rendered: 'they never had a payload',
  webhook_deleted: 'their webhook is deleted',
  automation_deleted: 'their automation is deleted',
  no_webhook: 'their automation sends to no webhook any more',
  limit_reached: 'there were more than one replay may send',
}

/** Such as "3: their webhook is deleted"; one line for each reason, empty for none. */
export function leftOutInWords(leftOut: Record<string, number>): string[] {
  return Object.entries(leftOut)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count}: ${WORDS[reason] ?? reason.replaceAll('_', ' ')}`)
}

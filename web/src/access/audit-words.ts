const PARTS_MAX = 3
const VALUE_LENGTH_MAX = 40

/** Whether a filter of actions is one that the server takes; an empty one is none. */
export function isAction(text: string): boolean {
  return text === '' || /^[a-z_]+(\.[a-z_]+)?$/.test(text)
}

/** Such as "Service account deleted" for `service_account.deleted`, which a subject follows. */
export function actionInWords(action: string): string {
  const words = action.replace(/[._]/g, ' ').replace(/\bapi\b/, 'API')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

/** Ids of ours say nothing in a sentence. */
const ID = /^[a-z]{2,5}_[\w-]{16,}$/

/**
 * The first of what an entry tells, in a line: "role member, not admin, invited by ada". Ids and what is not plain are left to the
 * details.
 */
export function detailsInWords(details: Record<string, unknown>): string {
  return Object.entries(details)
    .flatMap(([name, value]) => {
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      if (!isPlain || ID.test(String(value)) || String(value).length > VALUE_LENGTH_MAX) return []
      const words = name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)
      if (typeof value === 'boolean') return [value ? words : `not ${words}`]
      return [`${words} ${value}`]
    })
    .slice(0, PARTS_MAX)
    .join(', ')
}

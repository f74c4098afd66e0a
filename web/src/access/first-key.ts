/**
 * The API key that setting the server up brings, on its way to the page that fills it in: in memory alone, since neither
 * an address nor the history of a browser is a place for one.
 */
let kept: string | undefined

export function keepFirstKey(key: string): void {
  kept = key
}

export function firstKey(): string | undefined {
  return kept
}

export function forgetFirstKey(): void {
  kept = undefined
}

import type { Area } from '../app/area'

/** What `g` and then a key leads to. */
const PAGES = { h: 'Home', a: 'Automations of this place', t: 'History of this place', c: 'Your account' } as const
export type GoKey = keyof typeof PAGES

export const GO_KEYS = Object.entries(PAGES) as [GoKey, string][]

/** Where `g` and the key lead from an area; `undefined` where there is no such page. */
export function destinationOf(key: string, area: Area): string | undefined {
  const base = 'base' in area ? area.base : undefined
  switch (key as GoKey) {
    case 'h':
      return '/'
    case 'c':
      return '/account'
    case 'a':
      return base === undefined ? undefined : `${base}/automations`
    case 't':
      return base === undefined ? undefined : `${base}/history`
    default:
      return undefined
  }
}

/** Whether a key belongs to whatever has the focus, such as a letter to a text. */
export function isForFocused(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true
  const { target } = event
  if (!(target instanceof Element)) return false
  const taking =
    'input, textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox], [role=combobox]'
  return target.closest(taking) !== null || document.querySelector('[role=dialog]') !== null
}

const SETTING = 'tripline-single-keys'

/** Whether single keys do anything: whoever speaks to the machine, or slips, switches them off (WCAG 2.1.4). */
export function areSingleKeysOn(): boolean {
  return localStorage.getItem(SETTING) !== 'off'
}

export function setSingleKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(SETTING)
  else localStorage.setItem(SETTING, 'off')
}

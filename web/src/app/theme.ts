import { type CSSVariablesResolver, createTheme, DEFAULT_THEME } from '@mantine/core'
import type { MouseEvent } from 'react'

const SYSTEM_FONTS =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif'
const MONOSPACE_FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace'

export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  fontFamily: SYSTEM_FONTS,
  fontFamilyMonospace: MONOSPACE_FONTS,
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.15rem' }, h3: { fontSize: '1rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Those of dialogs and messages too; where it closes or clears something else it says so.
    CloseButton: { defaultProps: { 'aria-label': 'Close' } },
    // What would be focused in place of the first item is nothing that a menu may hold.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    MenuDropdown: { defaultProps: { onClickCapture: focusOpener } },
  },
})

/** What a chosen item opens gives the focus back, once it is closed, to what opened the menu: the item is gone by then. */
function focusOpener({ currentTarget }: MouseEvent<HTMLElement>): void {
  document.getElementById(currentTarget.getAttribute('aria-labelledby') ?? '')?.focus({ preventScroll: true })
}

/** Text in these colours, which Mantine makes too pale for WCAG AA on its light backgrounds. */
const COLORS = Object.keys(DEFAULT_THEME.colors)

/** Contrast of at least 4.5 to 1 for dimmed text, placeholders, links, errors, and text on tinted backgrounds. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-8)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    ...textOnTint((color) => `color-mix(in srgb, var(--mantine-color-${color}-9) 60%, black)`),
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-anchor': 'var(--mantine-color-indigo-3)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    ...textOnTint((color) => `var(--mantine-color-${color}-2)`),
    // Not darker than the page it stands on.
    '--mantine-color-gray-light': 'var(--mantine-color-dark-4)',
    '--mantine-color-gray-light-hover': 'var(--mantine-color-dark-3)',
  },
})

function textOnTint(textOf: (color: string) => string): Record<string, string> {
  const texts = COLORS.filter((color) => color !== 'dark').flatMap((color) =>
    ['light', 'outline'].map((variant) => [`--mantine-color-${color}-${variant}-color`, textOf(color)]),
  )
  return Object.fromEntries(texts)
}

import { HighlightStyle } from '@codemirror/language'
import {
  Decoration,
  type DecorationSet,
  EditorView,
  MatchDecorator,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Contrast of at least 4.5 to 1 on both backgrounds. */
export const highlighting = HighlightStyle.define([
  { tag: tags.propertyName, color: 'light-dark(#364fc7, #a5b4fc)' },
  { tag: tags.string, color: 'light-dark(#2b6a30, #9fd8a4)' },
  { tag: tags.number, color: 'light-dark(#9c3d00, #ffb787)' },
  { tag: [tags.bool, tags.null], color: 'light-dark(#8a2a83, #eaa7e4)' },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: 'light-dark(#495057, #c1c2c5)' },
])

const border = 'light-dark(var(--mantine-color-gray-3), var(--mantine-color-dark-4))'
const raised = 'light-dark(var(--mantine-color-white), var(--mantine-color-dark-6))'

export const editorTheme = EditorView.theme({
  '&': { fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--mantine-color-text)' },
  '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
  '.cm-gutter-lint': { width: '18px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'light-dark(#d0dbff, #364271)',
  },
  '.cm-matchingBracket': { backgroundColor: 'light-dark(#dbe4ff, #3b4a7a) !important' },
  '.cm-placeholder-name': {
    color: 'light-dark(#8a2a83, #f0b3ea)',
    backgroundColor: 'light-dark(#fbeefa, #3a2338)',
    borderRadius: '3px',
  },
  '.cm-placeholder-name *': { color: 'inherit' },
  '.cm-tooltip': {
    border: `1px solid ${border}`,
    borderRadius: 'var(--mantine-radius-md)',
    backgroundColor: raised,
    color: 'var(--mantine-color-text)',
    boxShadow: 'var(--mantine-shadow-md)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mantine-font-family-monospace)',
    maxHeight: '260px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    justifyContent: 'space-between',
    gap: '16px',
    padding: '4px 10px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'light-dark(var(--mantine-color-indigo-1), var(--mantine-color-indigo-9))',
    color: 'var(--mantine-color-text)',
  },
  '.cm-completionDetail': {
    fontStyle: 'normal',
    color: 'var(--mantine-color-dimmed)',
    maxWidth: '22em',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 10px', maxWidth: '320px', fontFamily: 'var(--mantine-font-family)' },
  '.cm-diagnostic': { padding: '6px 10px', fontFamily: 'var(--mantine-font-family)', maxWidth: '460px' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy light-dark(#c92a2a, #ff8787)',
    textUnderlineOffset: '4px',
    backgroundColor: 'light-dark(#ffe3e3, #5c1f1f)',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy light-dark(#b35c00, #ffd43b)',
    textUnderlineOffset: '4px',
    backgroundColor: 'light-dark(#fff3bf, #4d3f10)',
  },
})

const matcher = new MatchDecorator({
  regexp: /\$\{[^}"\n]*\}/g,
  decoration: Decoration.mark({ class: 'cm-placeholder-name' }),
})

/** `${…}` stands out of the text around it. */
export const placeholders = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet
    constructor(view: EditorView) {
      this.decorations = matcher.createDeco(view)
    }
    update(update: ViewUpdate) {
      this.decorations = matcher.updateDeco(update, this.decorations)
    }
  },
  { decorations: ({ decorations }) => decorations },
)

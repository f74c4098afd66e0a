import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json, jsonParseLinter } from '@codemirror/lang-json'
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, linter, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state'
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { NONCE } from '../app/nonce'
import type { CodeEditorProps, EditorProblem } from './code-editor'
import { editorTheme, highlighting, placeholders } from './code-editor-theme'

type Props = CodeEditorProps & { hintId: string }

/** CodeMirror, told what React knows. It keeps its own text; `value` is put in when it differs from that. */
export default function CodeEditorView(props: Props) {
  const { label, value, onChange, language = 'json', checksJson = false, problems, minHeight, maxHeight } = props
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  // What is called later is read from here, so that the editor need not be made anew when it changes.
  const latest = useRef(props)
  latest.current = props
  const isReadOnly = onChange === undefined
  const settings = useRef(new Compartment())

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes goes in below
  useEffect(() => {
    const made = new EditorView({
      parent: host.current as HTMLDivElement,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(NONCE),
          ground(latest),
          settings.current.of(changing(props)),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString())
          }),
          EditorView.domEventHandlers({ blur: () => latest.current.onBlur?.() }),
        ],
      }),
    })
    view.current = made
    return () => made.destroy()
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: these are all that `changing` reads
  useEffect(() => {
    view.current?.dispatch({ effects: settings.current.reconfigure(changing(props)) })
  }, [label, isReadOnly, language, checksJson, minHeight, maxHeight, props.hintId])

  useEffect(() => {
    const made = view.current
    if (made === undefined || made.state.doc.toString() === value) return
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: value } })
  }, [value])

  useEffect(() => {
    const made = view.current
    if (made === undefined || problems === undefined) return
    made.dispatch(setDiagnostics(made.state, asDiagnostics(problems, made.state.doc.length)))
  }, [problems])

  return <div ref={host} />
}

/** What every editor has. */
function ground(latest: { current: Props }): Extension {
  return [
    history(),
    drawSelection(),
    highlightSpecialChars(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    closeBrackets(),
    syntaxHighlighting(highlighting),
    placeholders,
    editorTheme,
    EditorView.lineWrapping,
    autocompletion({
      override: [(context) => completions(context, latest.current)],
      icons: false,
      activateOnTypingDelay: 50,
    }),
    Prec.high(keymap.of([{ key: 'Tab', run: acceptCompletion }])),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, ...lintKeymap]),
  ]
}

/** What depends on the props. */
function changing(props: Props): Extension {
  const { label, onChange, language = 'json', checksJson = false, problems, minHeight = 120, maxHeight = 520 } = props
  const isReadOnly = onChange === undefined
  return [
    language === 'json' ? json() : [],
    checksJson && language === 'json' ? linter(jsonParseLinter(), { delay: 300 }) : [],
    isReadOnly ? [] : [lineNumbers(), keymap.of([indentWithTab])],
    checksJson || problems !== undefined ? lintGutter() : [],
    EditorState.readOnly.of(isReadOnly),
    EditorView.contentAttributes.of({
      'aria-label': label,
      'aria-multiline': 'true',
      ...(isReadOnly ? { 'aria-readonly': 'true' } : { 'aria-describedby': props.hintId }),
    }),
    EditorView.theme({
      '.cm-content, .cm-gutter': { minHeight: `${minHeight}px` },
      '.cm-scroller': { maxHeight: `${maxHeight}px` },
    }),
  ]
}

function completions(context: CompletionContext, { suggest }: Props): CompletionResult | null {
  const found = suggest?.(context.state.doc.toString(), context.pos, context.explicit) ?? null
  if (found === null || found.options.length === 0) return null
  return {
    from: found.from,
    options: found.options.map(({ label, insert, detail, info, boost }) => ({
      label,
      detail,
      info,
      boost,
      apply: insert === undefined ? undefined : (view, _completion, from, to) => putIn(view, insert, from, to),
    })),
    filter: true,
  }
}

/** Puts in what was chosen. What stands right behind already, such as a bracket that closed itself, is not doubled. */
function putIn(view: EditorView, insert: string, from: number, to: number): void {
  const closing = /[}\])]+$/.exec(insert)?.[0] ?? ''
  const behind = view.state.sliceDoc(to, to + closing.length)
  const end = closing !== '' && behind === closing ? to + closing.length : to
  view.dispatch({ changes: { from, to: end, insert }, selection: { anchor: from + insert.length } })
}

function asDiagnostics(problems: EditorProblem[], length: number): Diagnostic[] {
  return problems.map(({ from, to, severity, message }) => {
    const start = Math.min(from, length)
    return { from: start, to: Math.min(Math.max(to, start), length), severity, message }
  })
}

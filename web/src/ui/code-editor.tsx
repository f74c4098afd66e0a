import { Box, Input, Skeleton, Text } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useId } from 'react'
import classes from './code-editor.module.css'

/** Something to be completed: what is inserted, and what tells people what it is. */
export type Suggestion = {
  label: string
  /** What is put in, if it is not the label. */
  insert?: string
  /** Beside the label: a kind, an example. */
  detail?: string
  /** Opened beside the list: a sentence. */
  info?: string
  /** Higher ones first; 0 if absent. */
  boost?: number
}

export type SuggestionsAt = { from: number; options: Suggestion[] } | null

/** A place in the text and what is wrong with it. Offsets count UTF-16 units, as strings do. */
export type EditorProblem = { from: number; to: number; severity: 'error' | 'warning'; message: string }

export type CodeEditorProps = {
  /** Read out, and shown above the editor unless `isLabelHidden`. */
  label: string
  isLabelHidden?: boolean
  description?: ReactNode
  error?: ReactNode
  value: string
  /** Without it the text is only read. */
  onChange?(value: string): void
  onBlur?(): void
  /** `json` is the default. */
  language?: 'json' | 'text'
  /** Marks what is no JSON, as one types. Leave it out where a server tells more about the text: give `problems`. */
  checksJson?: boolean
  /** Marked in the text; errors red, warnings yellow. */
  problems?: EditorProblem[]
  /**
   * What may stand at an offset: asked as one types and on Ctrl-Space. What is returned is narrowed by what is typed
   * from `from` on. It may change at any time.
   */
  suggest?(text: string, offset: number, isAsked: boolean): SuggestionsAt
  /** Heights in pixels; between them it grows with its text. */
  minHeight?: number
  maxHeight?: number
}

const EditorView = lazy(() => import('./code-editor-view'))

/**
 * An editor for JSON and other short texts, loaded when the first one is shown.
 *
 * Tab indents; Escape and then Tab leaves it, as its description says to whoever comes to it by keyboard.
 */
export function CodeEditor(props: CodeEditorProps) {
  const id = useId()
  const { label, isLabelHidden, description, error, minHeight = 120, onChange } = props
  return (
    <Box>
      {!isLabelHidden && (
        <Input.Label component="div" id={`${id}-label`}>
          {label}
        </Input.Label>
      )}
      {description !== undefined && <Input.Description mb={6}>{description}</Input.Description>}
      <Box
        className={`${classes.frame} ${onChange === undefined ? classes.readOnly : ''}`}
        data-invalid={error !== undefined && error !== null ? true : undefined}
      >
        <Suspense fallback={<Skeleton height={minHeight} radius={0} />}>
          <EditorView {...props} hintId={`${id}-hint`} />
        </Suspense>
      </Box>
      {error !== undefined && error !== null && (
        <Input.Error className={classes.hint} role="alert">
          {error}
        </Input.Error>
      )}
      {onChange !== undefined && (
        <Text id={`${id}-hint`} className="visually-hidden">
          Tab indents. Press Escape and then Tab to leave the editor.
        </Text>
      )}
    </Box>
  )
}

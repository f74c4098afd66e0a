import { isRecord } from '../runtime/is-record.ts'
import { EVENTS_FILE, HISTORY_FILE, type StreamedLine } from './file-stream.ts'

/** Where values of metrics come in: what a run logs, and what is measured of its machine. */
export const METRIC_FILES = [HISTORY_FILE, EVENTS_FILE]

/** A value of a metric, and the line it came in. */
export type MetricValue = { line: number; value: number; step: number | null }

/** What may mention a metric, for a look before a line is read: part of the text of every line that has a value of it. */
export function mentionOf(name: string): string {
  // In objects only the last part of its path is written out. What JSON may write in more than one way tells nothing.
  const last = name.slice(name.lastIndexOf('.') + 1)
  return /^[\w /:-]+$/.test(last) ? `${last}"` : '"'
}

/**
 * The values of a metric in these lines, in their order.
 *
 * A metric is named as it was logged; in objects, by its path, `eval.loss`; of the machine, with or without the `system.`
 * it is logged under. Only finite numbers count.
 */
export function valuesIn(name: string, lines: readonly Pick<StreamedLine, 'line' | 'content'>[]): MetricValue[] {
  const mention = mentionOf(name)
  return lines.flatMap(({ line, content }) => {
    if (!content.includes(mention)) return []
    const logged = parsed(content)
    const value = logged && (lookUp(logged, name) ?? lookUp(logged, `system.${name}`))
    if (logged === undefined || typeof value !== 'number' || !Number.isFinite(value)) return []
    return [{ line, value, step: typeof logged._step === 'number' ? logged._step : null }]
  })
}

function parsed(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(content)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What stands under a name, or under the parts of a path; of two readings the longer key goes first. */
function lookUp(record: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name]
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const head = name.slice(0, dot)
    const inner = Object.hasOwn(record, head) ? record[head] : undefined
    if (isRecord(inner)) return lookUp(inner, name.slice(dot + 1))
  }
  return undefined
}

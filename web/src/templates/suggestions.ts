import type { Schemas } from '../api/client'
import type { Suggestion, SuggestionsAt } from '../ui/code-editor'

/** What may stand at this place of a template: after `${`, or wherever it is asked for. */
export function suggestionsAt(
  help: Schemas['TemplateVariables'] | undefined,
  text: string,
  offset: number,
  isAsked: boolean,
): SuggestionsAt {
  if (help === undefined) return null
  const begun = /\$\{?[A-Za-z0-9_.]*$/.exec(text.slice(Math.max(0, offset - 200), offset))
  if (begun === null && !isAsked) return null
  return { from: offset - (begun?.[0].length ?? 0), options: suggestionsOf(help) }
}

const EXAMPLE_LENGTH_MAX = 60

function suggestionsOf({ variables, metadata, secrets }: Schemas['TemplateVariables']): Suggestion[] {
  return [
    ...variables.map(({ name, description, value, origin }) => ({
      label: `\${${name}}`,
      detail: shortened(value),
      info: `${description}.`,
      boost: origin === 'wandb' ? 2 : 1,
    })),
    ...metadata.map(({ path, value }) => ({
      label: `\${artifact_metadata.${path}}`,
      detail: shortened(value),
      info: 'From the metadata of the version. With |json in front of the } it keeps its type.',
      boost: 0,
    })),
    ...secrets.map((name) => ({
      label: `\${${name}}`,
      detail: 'secret',
      info:
        name === 'callback_token'
          ? 'An API key for the receiver, made anew for each attempt and good for an hour.'
          : 'A secret of the webhook: filled in when it is sent, never shown.',
      boost: -1,
    })),
  ]
}

function shortened(value: string | null): string {
  if (value === null || value === '') return 'empty'
  return value.length > EXAMPLE_LENGTH_MAX ? `${value.slice(0, EXAMPLE_LENGTH_MAX)}…` : value
}

/** JSON with two spaces; as it is when it is none. Placeholders stand in texts, so most templates are JSON. */
export function formatted(template: string): string {
  try {
    return JSON.stringify(JSON.parse(template), null, 2)
  } catch {
    return template
  }
}

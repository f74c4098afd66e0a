import type { Preset } from '../webhooks/targets'

/**
 * The preset's payload for this receiver: a secret that it does not have gives way to the one further secret that it has.
 * Where there is none, or a choice, the editor marks the name, and says which there are.
 */
export function payloadFrom({ template, secrets }: Preset, receiver: { secrets: string[] } | undefined): string {
  const [own, ...others] = receiver?.secrets ?? []
  if (own === undefined || others.length > 0) return template
  return secrets
    .filter((name) => name !== own)
    .reduce((text, name) => text.replaceAll(`\${${name}}`, `\${${own}}`), template)
}

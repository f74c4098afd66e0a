import { ACCESS_TOKEN, CALLBACK_TOKEN, SLACK_CHANNEL } from '../automations/payload-variables.ts'
import type { Segment } from '../automations/rendered-body.ts'
import type { SignatureSetting } from '../webhooks/signature.ts'

/** What a script has to know of a webhook. `headers`: with `${NAME}` where a secret goes. */
export type ScriptedWebhook = {
  name: string
  accessTokenSecret: string | null
  signingSecret: string | null
  signature: SignatureSetting
  headers: Readonly<Record<string, string>>
  slackChannel: string | null
}

/** Behind this prefix no name of a secret is a variable that the shell goes by. */
const PREFIX = 'SECRET_'
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/**
 * A shell script that sends a body to a webhook as this server does: with the same headers, signed in the same way. It has
 * no secret in it: the URL and the secrets are taken from the environment, and it says from which variables.
 *
 * It needs a POSIX shell with `curl` and `openssl`.
 */
export function testScript(webhook: ScriptedWebhook, segments: readonly Segment[]): string {
  const names = new Set<string>()
  const wordOf = (name: string): string | undefined => {
    if (name === CALLBACK_TOKEN) return undefined
    const secret = name === ACCESS_TOKEN ? webhook.accessTokenSecret : name
    if (secret === null) return undefined
    names.add(secret)
    return `"$${PREFIX}${secret}"`
  }
  const body = segments.flatMap((segment) => {
    if (typeof segment === 'string') return [`  printf '%s' ${quoted(segment)}`]
    if (segment.secret === SLACK_CHANNEL) return [`  escaped ${quoted(webhook.slackChannel ?? '')}`]
    const value = wordOf(segment.secret)
    return value === undefined ? [] : [`  escaped ${value}`]
  })
  const headers = [
    ...Object.entries(webhook.headers).map(([name, value]) => `${quoted(`${name}: `)}${filled(value, wordOf)}`),
    ...(webhook.accessTokenSecret === null ? [] : [`'authorization: Bearer '${wordOf(ACCESS_TOKEN)}`]),
  ]
  const signing = signatureLines(webhook, wordOf)
  const all = [...headers, ...signing.headers]
  const variables = ['WEBHOOK_URL', ...[...names].map((name) => `${PREFIX}${name}`)]
  return `${[
    '#!/bin/sh',
    `# Sends what a test of the webhook ${JSON.stringify(webhook.name)} sends, signed in the same way. Set these first:`,
    ...variables.map((name) => `#   export ${name}='…'`),
    'set -eu',
    ...variables.map((name) => `: "\${${name}:?is not set}"`),
    '',
    'body=$(mktemp)',
    `trap 'rm -f "$body"' EXIT`,
    '# The text of a secret as it stands in a JSON string.',
    'escaped() {',
    `  printf '%s' "$1" | sed -e 's/\\\\/\\\\\\\\/g' -e 's/"/\\\\"/g' -e "s/$(printf '\\t')/\\\\\\\\t/g" | awk 'NR > 1 { printf "\\\\n" } { printf "%s", $0 }'`,
    '}',
    '{',
    ...body,
    '} > "$body"',
    '',
    ...signing.lines,
    `curl --silent --show-error --include --max-time 30 --request POST --url "$WEBHOOK_URL" \\`,
    ...all.map((header) => `  --header ${header} \\`),
    '  --data-binary "@$body"',
  ].join('\n')}\n`
}

function signatureLines(webhook: ScriptedWebhook, wordOf: (name: string) => string | undefined) {
  const { standard, wandb, github } = webhook.signature
  const lines: string[] = []
  const headers: string[] = []
  if (standard) {
    lines.push('id="msg_$(openssl rand -hex 16)"', 'timestamp=$(date +%s)')
    headers.push('"webhook-id: $id"', '"webhook-timestamp: $timestamp"')
  }
  if (webhook.signingSecret === null) return { lines, headers }
  const secret = wordOf(webhook.signingSecret)
  lines.push(
    `hex() { od -An -v -tx1 | tr -d ' \\n'; }`,
    `key=$(printf '%s' ${secret} | hex)`,
    'signed() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }',
  )
  if (standard) {
    lines.push(
      'standard_key=$key',
      `case ${secret} in whsec_*) standard_key=$(printf '%s' ${secret} | sed 's/^whsec_//' | openssl base64 -d -A | hex) ;; esac`,
      `signature=$({ printf '%s.%s.' "$id" "$timestamp"; cat "$body"; } | signed "$standard_key" | openssl base64 -A)`,
    )
    headers.push('"webhook-signature: v1,$signature"')
  }
  if (wandb === 'base64') headers.push('"x-wandb-signature: $(signed "$key" < "$body" | openssl base64 -A)"')
  if (wandb === 'hex') headers.push('"x-wandb-signature: $(signed "$key" < "$body" | hex)"')
  if (github) headers.push('"x-hub-signature-256: sha256=$(signed "$key" < "$body" | hex)"')
  return { lines, headers }
}

/** A text that refers to secrets, as one word of the shell. */
function filled(text: string, wordOf: (name: string) => string | undefined): string {
  let at = 0
  let word = ''
  for (const found of text.matchAll(REFERENCE)) {
    word += `${quoted(text.slice(at, found.index))}${wordOf(found[1] as string) ?? ''}`
    at = found.index + found[0].length
  }
  return `${word}${quoted(text.slice(at))}`
}

/** Any text as a word of the shell that stands for itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

import type { Schemas } from '../api/client'
import { formatDelays, parseDelays } from './delays'
import type { TargetKind, Webhook } from './queries'

export type HeaderRow = { name: string; value: string }

/** A webhook as its form has it: nothing is absent, and what people write is text. */
export type WebhookValues = {
  name: string
  /** Empty: as the URL shows. */
  target: TargetKind | ''
  url: string
  accessTokenSecret: string | null
  signingSecret: string | null
  standard: boolean
  wandb: 'base64' | 'hex' | 'off'
  github: boolean
  secrets: string[]
  headers: HeaderRow[]
  concurrencyMax: number | string
  /** Empty: what the target bears. */
  rateLimitPerMinute: number | string
  retries: 'usual' | 'none' | 'own'
  retrySchedule: string
  order: Webhook['order']
  newestWins: boolean
}

export const CONCURRENCY_DEFAULT = 10

export const EMPTY: WebhookValues = {
  name: '',
  target: '',
  url: '',
  accessTokenSecret: null,
  signingSecret: null,
  standard: true,
  wandb: 'base64',
  github: false,
  secrets: [],
  headers: [],
  concurrencyMax: CONCURRENCY_DEFAULT,
  rateLimitPerMinute: '',
  retries: 'usual',
  retrySchedule: '',
  order: 'none',
  newestWins: false,
}

export function valuesOf(webhook: Webhook): WebhookValues {
  const { retrySchedule } = webhook
  return {
    name: webhook.name,
    target: webhook.target,
    url: webhook.url,
    accessTokenSecret: webhook.accessTokenSecret,
    signingSecret: webhook.signingSecret,
    standard: webhook.signature.standard,
    wandb: webhook.signature.wandb,
    github: webhook.signature.github,
    secrets: webhook.secrets,
    headers: Object.entries(webhook.headers).map(([name, value]) => ({ name, value })),
    concurrencyMax: webhook.concurrencyMax,
    rateLimitPerMinute: webhook.rateLimitPerMinute ?? '',
    retries: retrySchedule === null ? 'usual' : retrySchedule.length === 0 ? 'none' : 'own',
    retrySchedule: formatDelays(retrySchedule ?? []),
    order: webhook.order,
    newestWins: webhook.newestWins,
  }
}

/** What is saved or tested. Rows of headers without a name are left out. */
export function settingsOf(values: WebhookValues): Required<Omit<Schemas['NewWebhook'], 'paused' | 'slack'>> {
  return {
    name: values.name.trim(),
    target: values.target === '' ? null : values.target,
    url: values.url.trim(),
    accessTokenSecret: values.accessTokenSecret,
    signingSecret: values.signingSecret,
    signature: { standard: values.standard, wandb: values.wandb, github: values.github },
    secrets: values.secrets,
    headers: Object.fromEntries(
      values.headers.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]),
    ),
    concurrencyMax: values.concurrencyMax === '' ? CONCURRENCY_DEFAULT : Number(values.concurrencyMax),
    rateLimitPerMinute: values.rateLimitPerMinute === '' ? null : Number(values.rateLimitPerMinute),
    retrySchedule: scheduleOf(values),
    order: values.order,
    newestWins: values.order !== 'none' && values.newestWins,
  }
}

/** The names that a payload for such a webhook may use. */
export function secretsOfSettings({
  accessTokenSecret,
  signingSecret,
  secrets = [],
}: Pick<Schemas['NewWebhook'], 'accessTokenSecret' | 'signingSecret' | 'secrets'>): string[] {
  const own = [accessTokenSecret, signingSecret].filter((name) => name !== null && name !== undefined)
  const token = accessTokenSecret === null || accessTokenSecret === undefined ? [] : ['ACCESS_TOKEN']
  return [...new Set([...secrets, ...own, ...token])]
}

function scheduleOf({ retries, retrySchedule }: WebhookValues): number[] | null {
  if (retries === 'usual') return null
  const parsed = parseDelays(retrySchedule)
  return retries === 'none' || parsed.problem !== undefined ? [] : parsed.seconds
}

/** Only what differs, so that what was left alone is neither checked anew nor overwritten. */
export function changesOf(before: WebhookValues, after: WebhookValues): Schemas['WebhookPatch'] {
  const [had, has] = [settingsOf(before), settingsOf(after)]
  return Object.fromEntries(
    Object.entries(has).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(had[key as keyof typeof had]),
    ),
  )
}

/** What is wrong in the form itself, by field; the server knows the rest. */
export function problemsOf(values: WebhookValues): Record<string, string> {
  const problems: Record<string, string> = {}
  if (values.name.trim() === '') problems.name = 'Give it a name, by which automations find it.'
  if (values.url.trim() === '') problems.url = 'Where does it send?'
  if (values.retries === 'own') {
    const { problem } = parseDelays(values.retrySchedule)
    if (problem !== undefined) problems.retrySchedule = problem
  }
  const names = values.headers.map(({ name }) => name.trim().toLowerCase())
  for (const [index, { name, value }] of values.headers.entries()) {
    if (name.trim() === '' && value !== '') problems[`headers.${index}`] = 'It has no name.'
    else if (name.trim() !== '' && names.indexOf(name.trim().toLowerCase()) < index) {
      problems[`headers.${index}`] = 'It is there twice.'
    }
  }
  return problems
}

/** What may not work about a URL, told while it is typed; what is refused, the server says. */
export function urlWarning(url: string): string | undefined {
  const text = url.trim()
  if (/^http:\/\//i.test(text)) {
    return 'This is sent unencrypted. It works only where the operator of this server allows it (TRIPLINE_WEBHOOK_ALLOW).'
  }
  return /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd]))/i.test(text)
    ? 'This is a private address. It works only where the operator of this server allows it (TRIPLINE_WEBHOOK_ALLOW).'
    : undefined
}

/** A name for a copy that is free and short enough. */
export function nameOfCopy(name: string, taken: readonly string[]): string {
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? ' copy' : ` copy ${count}`
    const candidate = name.slice(0, 64 - suffix.length).trimEnd() + suffix
    if (!taken.includes(candidate)) return candidate
  }
}

import { ALERT_SEVERITIES, type Event } from '../events/event.ts'
import { eventInWords } from './event-words.ts'
import { metadataAt } from './metadata-path.ts'
import { isoTime, payloadVariable, type RenderContext, SLACK_CHANNEL } from './payload-variables.ts'
import { type RenderedBody, storeBody } from './rendered-body.ts'
import { escapeForSlack } from './slack-text.ts'

/** What a notification says. Its receiver is a Slack integration. */
export type Notification = { title: string; message: string; severity: Severity }

export const SEVERITIES = ALERT_SEVERITIES

export type Severity = (typeof SEVERITIES)[number]

export const TITLE_LENGTH_MAX = 250

/** Slack's own limit for the text of one section. */
export const MESSAGE_LENGTH_MAX = 3_000

/** Slack's own limit for a header. */
const HEADER_LENGTH_MAX = 150

const SIGNS: Record<Severity, string> = { INFO: ':information_source:', WARN: ':warning:', ERROR: ':rotating_light:' }

/**
 * The message that Slack is sent, for incoming webhooks and `chat.postMessage` alike: the title, the message, what
 * happened, with a link to it, and which automation says so.
 *
 * Title and message may name the variables of payloads, `${run_name}`; what is no variable stays as it is written. What
 * they stand for is escaped, so that no value can notify people or pose as a link. The channel is left open, for what
 * the integration says at each attempt. Of a run's alert, its severity is the message's, and its title and text where the
 * automation has none.
 */
export function notificationBody(
  { title, message, severity: own }: Notification,
  event: Event,
  context: RenderContext,
): RenderedBody {
  const { alert } = event.snapshot
  const severity = alert?.severity ?? own
  const titled =
    filled(title, event, context) || escapeForSlack(alert?.title ?? '') || escapeForSlack(context.automation.name)
  const head = cut(`${SIGNS[severity]} ${titled}`, HEADER_LENGTH_MAX)
  const text = cut(filled(message, event, context) || escapeForSlack(alert?.text ?? ''), MESSAGE_LENGTH_MAX)
  const said = cut(escapeForSlack(eventInWords(event, context.subject)), 1_000)
  const link = linkOf(event, context)
  const about = `*${severity}* · ${cut(escapeForSlack(context.automation.name), 300)} · ${event.type} · ${isoTime(event.occurredAt)}`
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: head } },
    ...(text.trim() === '' ? [] : [section(text)]),
    section(link === null ? said : `${said}\n<${link.url}|${link.label}>`),
    { type: 'context', elements: [{ type: 'mrkdwn', text: about }] },
  ]
  const rest = JSON.stringify({
    text: cut(`${head}\n${text.trim() === '' ? said : text}`, MESSAGE_LENGTH_MAX),
    blocks,
    unfurl_links: false,
  })
  return storeBody(['{"channel":"', { secret: SLACK_CHANNEL }, '",', rest.slice(1)])
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function filled(text: string, event: Event, context: RenderContext): string {
  return text.replace(/\$\{([a-z_]+)(?:\.([^}]+))?\}/g, (written, name: string, path: string | undefined) => {
    const variable = payloadVariable(name)
    if (variable === undefined || (path !== undefined && !variable.hasPath)) return written
    const whole = variable.value(event, context)
    const value = path === undefined ? whole : metadataAt(whole, path)
    if (value === undefined || value === null) return ''
    return escapeForSlack(typeof value === 'string' ? value : JSON.stringify(value))
  })
}

/** Not through the middle of a character or of an escape. */
function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  return `${text.slice(0, lengthMax - 1).replace(/(&[a-z]{0,4}|[\ud800-\udbff])$/, '')}…`
}

function linkOf(event: Event, context: RenderContext): { url: string; label: string } | null {
  const [name, label] = event.snapshot.run == null ? ['artifact_url', 'Open the version'] : ['run_url', 'Open the run']
  const url = payloadVariable(name as string)?.value(event, context)
  return typeof url === 'string' && url.length <= 1_500 ? { url, label: label as string } : null
}

import type { Event } from '../events/event.ts'
import { type Notification, notificationBody } from './notification.ts'
import type { RenderContext } from './payload-variables.ts'
import { parseTemplate, type Rendering, renderTemplate } from './template.ts'

/** What an action sends, ready to be rendered for any event. */
export type ActionPayload = (event: Event, context: RenderContext) => Rendering

/** The payload of an action as a revision keeps it, in JSON: a template, or a notification. */
export function readActionPayload(action: string): ActionPayload {
  const stored = JSON.parse(action) as StoredPayload
  if ('notification' in stored) return notificationPayload(stored.notification)
  const { template } = parseTemplate(stored.payload, { knownSecrets: stored.secrets })
  return (event, context) => renderTemplate(template, event, context)
}

export function notificationPayload(notification: Notification): ActionPayload {
  return (event, context) => ({ kind: 'rendered', body: notificationBody(notification, event, context), warnings: [] })
}

export type StoredPayload = { payload: string | null; secrets: string[] } | { notification: Notification }

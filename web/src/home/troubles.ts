import type { Schemas } from '../api/client'

type Overview = Pick<Schemas['Overview'], 'entities'>

export type Trouble = {
  kind: 'failing' | 'held' | 'out' | 'letters'
  entity: string
  text: string
  /** Where it is seen in detail, and mended. */
  to: string
}

export function entityPath({ name, kind }: { name: string; kind: string }): string {
  return kind === 'organization' ? `/orgs/${name}` : `/teams/${name}`
}

/** What needs looking after, the worst first. */
export function troublesOf({ entities }: Overview): Trouble[] {
  const troubles = entities.flatMap(({ name, kind, displayName, automations, webhooks, deadLetters }) => {
    const base = entityPath({ name, kind })
    const entity = displayName ?? name
    const found: (Trouble | false)[] = [
      automations.failing > 0 && {
        kind: 'failing',
        entity,
        text: `${counted(automations.failing, 'automation')} failing`,
        to: `${base}/automations?health=failing`,
      },
      webhooks.out > 0 && {
        kind: 'out',
        entity,
        text: `${counted(webhooks.out, 'webhook')} whose receiver is out`,
        to: `${base}/webhooks`,
      },
      deadLetters > 0 && {
        kind: 'letters',
        entity,
        text: `${counted(deadLetters, 'dead letter')} today`,
        to: `${base}/history?tab=dead-letters`,
      },
      automations.held + webhooks.paused > 0 && {
        kind: 'held',
        entity,
        text: [
          ...(automations.held > 0 ? [`${counted(automations.held, 'automation')} held`] : []),
          ...(webhooks.paused > 0 ? [`${counted(webhooks.paused, 'webhook')} paused`] : []),
        ].join(', '),
        to: automations.held > 0 ? `${base}/automations?health=held` : `${base}/webhooks`,
      },
    ]
    return found.filter((trouble) => trouble !== false)
  })
  const order = ['failing', 'out', 'letters', 'held']
  return troubles.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

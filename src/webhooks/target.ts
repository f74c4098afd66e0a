/**
 * What kind of receiver a webhook sends to. It decides what counts as success, which headers a request has, and what
 * an explanation advises (`deliveries/target-rule.ts`). Public contract: add freely, never rename.
 */
export const TARGETS = [
  'generic',
  'github_repository_dispatch',
  'github_workflow_dispatch',
  'gitlab',
  'jenkins',
  'circleci',
  'slack',
  'slack_api',
  'teams',
  'teams_connector',
  'discord',
  'pagerduty',
] as const

export type TargetKind = (typeof TARGETS)[number]

const REFERENCE = /\$\{[A-Za-z_][A-Za-z0-9_]*\}/g

const GITHUB_PATH = /^(\/api\/v3)?\/repos\/[^/]+\/[^/]+\/(dispatches|actions\/workflows\/[^/]+\/dispatches)$/
const GITHUB_HOST = /^api\.(github\.com|[a-z0-9-]+\.ghe\.com)$/

/** `host` alone would not do: Slack, Discord and Azure serve other things under the same names. */
const SHAPES: readonly { target: TargetKind; host?: RegExp; path: RegExp }[] = [
  { target: 'gitlab', path: /\/api\/v4\/projects\/[^/]+\/(ref\/[^/]+\/)?trigger\/pipeline$/ },
  { target: 'jenkins', path: /\/generic-webhook-trigger\/invoke$/ },
  { target: 'jenkins', path: /\/job\/[^/]+\/(build|buildWithParameters)$/ },
  { target: 'circleci', host: /^circleci\.com$/, path: /^\/api\/v2\/project\/.+\/pipeline(\/run)?$/ },
  { target: 'slack', host: /^hooks\.slack(-gov)?\.com$/, path: /^\/services\/./ },
  { target: 'slack_api', host: /^(www\.)?slack(-gov)?\.com$/, path: /^\/api\/[a-z]+\.[a-zA-Z.]+$/ },
  { target: 'teams', host: /\.logic\.azure\.(com|us)$/, path: /^\/workflows\/[^/]+\/triggers\// },
  { target: 'teams', host: /\.api\.powerplatform\.com$/, path: /\/workflows\/[^/]+\/triggers\// },
  { target: 'teams', host: /\.powerautomate\.com$/, path: /\/triggers\// },
  { target: 'teams_connector', host: /\.webhook\.office\.com$/, path: /^\/webhookb2\// },
  { target: 'teams_connector', host: /^outlook\.office(365)?\.com$/, path: /^\/webhook\// },
  {
    target: 'discord',
    host: /^((ptb|canary)\.)?discord(app)?\.com$/,
    path: /^\/api\/(v\d+\/)?webhooks\/[^/]+\/[^/]+/,
  },
  { target: 'pagerduty', host: /^events\.(eu\.)?pagerduty\.com$/, path: /^\/v2\/(change\/)?enqueue$/ },
]

/**
 * The target a webhook's URL is of, by host and path; `generic` unless they are unmistakable. References to secrets
 * stand for any text.
 */
export function detectTarget(url: string): TargetKind {
  const text = url.replace(REFERENCE, 'x')
  if (!URL.canParse(text)) return 'generic'
  const { hostname, pathname } = new URL(text)
  const host = hostname.replace(/\.$/, '')
  const path = pathname.replace(/\/$/, '')
  const github = GITHUB_PATH.exec(path)
  // An Enterprise Server has its API below `/api/v3`, under a name of its own.
  if (github !== null && (github[1] !== undefined || GITHUB_HOST.test(host))) {
    return github[2] === 'dispatches' ? 'github_repository_dispatch' : 'github_workflow_dispatch'
  }
  return SHAPES.find((shape) => (shape.host?.test(host) ?? true) && shape.path.test(path))?.target ?? 'generic'
}

/** Paths that name a repository or a project and hold no credential: an answer may link to them. */
const PUBLIC_PATHS: ReadonlySet<TargetKind> = new Set([
  'github_repository_dispatch',
  'github_workflow_dispatch',
  'gitlab',
  'circleci',
  'slack_api',
  'pagerduty',
])

/** Whether a URL, by its own form and not by what its webhook says it is, has no credential before its query. */
export function isPathPublic(url: string): boolean {
  return PUBLIC_PATHS.has(detectTarget(url))
}

const GITHUB_HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/** The headers a target needs besides those of every request; a webhook's own take their place. Names in lower case. */
export function headersOfTarget(target: TargetKind): Readonly<Record<string, string>> {
  switch (target) {
    case 'github_repository_dispatch':
    case 'github_workflow_dispatch':
      return GITHUB_HEADERS
    case 'slack_api':
      // Without the character set Slack answers with a warning, and reads what it likes.
      return { 'content-type': 'application/json; charset=utf-8' }
    default:
      return {}
  }
}

/** What is wrong with choosing this target, for whoever saves the webhook; `undefined` if nothing. */
export function targetWarning(target: TargetKind): string | undefined {
  return target === 'teams_connector'
    ? 'Microsoft has retired the connectors of Teams (May 2026): make a workflow "Post to a channel when a webhook request is ' +
        'received" and use its URL.'
    : undefined
}

/**
 * Requests a minute that the target bears, for webhooks that set nothing else; `undefined`: its receiver says when it is
 * too much, or no figure is known.
 *
 * Sources: GitHub's "Rate limits for the REST API" (80 requests that create content a minute); Slack's "Rate limits" (one
 * message a second); Discord's webhooks (30 a minute for one channel).
 */
export function rateLimitOfTarget(target: TargetKind): number | undefined {
  switch (target) {
    case 'github_repository_dispatch':
    case 'github_workflow_dispatch':
      return 80
    case 'slack':
    case 'slack_api':
      return 60
    case 'discord':
      return 30
    default:
      return undefined
  }
}

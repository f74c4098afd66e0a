/** In `file` stands `after` where `before` stood; the test of `story` fails, and its failure says `because`. */
export type Mutant = {
  name: string
  file: string
  before: string
  after: string
  story: { file: string; test: string }
  because: RegExp
}

const ACCESS_SIGN_IN = { file: 'access', test: 'signing in leads to a page of this server only' }
const SAFETY = { file: 'safety', test: 'no page of another site or origin' }

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'pages of other origins are let in',
    file: 'src/http/authentication.ts',
    before: 'if (isChange) requireOwnOrigin(world, request)',
    after: 'if (isChange && world === undefined) requireOwnOrigin(world, request)',
    story: SAFETY,
    because: /from localhost: expected 40\d to be 403/,
  },
  {
    name: 'the token of the session is not asked for',
    file: 'src/http/authentication.ts',
    before: 'if (isChange && !isCsrfTokenOf(',
    after: 'if (isChange && isCsrfTokenOf(token, undefined) && !isCsrfTokenOf(',
    story: SAFETY,
    because: /expected 201 to be 403/,
  },
  {
    name: 'scripts may read the cookie',
    file: 'src/http/session-cookie.ts',
    before: 'HttpOnly; ',
    after: '',
    story: ACCESS_SIGN_IN,
    because: /\{ name: 'tripline'/,
  },
  {
    name: 'the cookie opens every path',
    file: 'src/http/session-cookie.ts',
    before: "const PATH = '/api/v1'",
    after: "const PATH = '/'",
    story: ACCESS_SIGN_IN,
    because: /\{ name: 'tripline'/,
  },
  {
    name: 'signing in leads wherever a link says',
    file: 'web/src/access/local-path.ts',
    before: "return '/'\n  const url",
    after: "return next ?? '/'\n  const url",
    story: ACCESS_SIGN_IN,
    because: /waiting for getByRole\('heading', \{ name: \/Hello\//,
  },
  {
    name: 'the page allows scripts written into it',
    file: 'src/http/web-app.ts',
    before: `"script-src 'self'"`,
    after: `"script-src 'self' 'unsafe-inline'"`,
    story: { file: 'frame', test: 'the app is one page under a strict policy' },
    because: /unsafe/,
  },
  {
    name: 'the first steps do not notice an artifact',
    file: 'web/src/access/use-first-artifact.ts',
    before: '  useLiveEvents(entity)\n',
    after: '  useLiveEvents(undefined)\n',
    story: { file: 'access', test: 'a first visit' },
    because: /It has arrived/,
  },
  {
    name: 'a password is asked for that there is not',
    file: 'web/src/access/password-card.tsx',
    before: '{hasPassword ? (',
    after: "{username !== '' ? (",
    story: { file: 'access', test: 'an identity provider signs people in' },
    because: /You have none/,
  },
  {
    name: 'revoking an invitation does nothing',
    file: 'web/src/access/invites.tsx',
    before: 'if (!isSure) return',
    after: 'if (isSure) return',
    story: { file: 'people', test: 'a team: roles' },
    because: /expected 1 to be/,
  },
  {
    name: 'a select has no name that is read out',
    file: 'web/src/access/role-select.tsx',
    before: '`Role of ${of}`',
    after: 'undefined',
    story: { file: 'people', test: 'a registry: users and teams' },
    because: /Role of grace|select-name|aria-input-field-name|label/,
  },
  {
    name: 'dimmed text is too pale',
    file: 'web/src/app/theme.ts',
    before: "'--mantine-color-dimmed': 'var(--mantine-color-gray-7)'",
    after: "'--mantine-color-dimmed': 'var(--mantine-color-gray-5)'",
    story: { file: 'frame', test: 'a link that leads nowhere' },
    because: /color-contrast/,
  },
  {
    name: 'a table is wider than a phone',
    file: 'web/src/ui/data-table.module.css',
    before: 'overflow-x: auto;',
    after: 'min-width: 700px;',
    story: { file: 'history', test: 'a failing automation is seen' },
    because: /home-failing narrow: the page is wider than the window/,
  },
  {
    name: 'a list that was scrolled does not tell of news',
    file: 'web/src/api/news.ts',
    before: 'const isSame = idsOf(first) === idsOf(newest)',
    after: 'const isSame = idsOf(first) !== `${idsOf(newest)}!`',
    story: { file: 'long-lists', test: 'a list that was scrolled says that there is news' },
    because: /New since you looked: show/,
  },
  {
    name: 'what was typed is lost without a word',
    file: 'web/src/ui/use-leave-guard.ts',
    before: 'currentLocation.pathname !== nextLocation.pathname',
    after: 'currentLocation.pathname === nextLocation.pathname',
    story: { file: 'access', test: 'one’s own account' },
    because: /What you have changed on this page is lost/,
  },
  {
    name: 'a session that has ended takes the page with it',
    file: 'web/src/app/require-session.tsx',
    before: 'const shown = owner ?? viewer',
    after: 'const shown = viewer',
    story: { file: 'frame', test: 'a session that ends under a form' },
    because: /Your session has ended/,
  },
  {
    name: 'a change is sent again in the name of somebody else',
    file: 'web/src/api/client.ts',
    before: 'state.viewer.username !== username',
    after: 'username === undefined',
    story: { file: 'frame', test: 'a session that ends under a form' },
    because: /Your account: eve|deeply equal/,
  },
  {
    name: 'the server does not answer, and nobody says so',
    file: 'web/src/api/reach.ts',
    before: 'become(false)',
    after: 'become(true)',
    story: { file: 'frame', test: 'while the server does not answer' },
    because: /The server does not answer/,
  },
  {
    name: 'the focus is lost with the menu that it was in',
    file: 'web/src/app/theme.ts',
    before: 'onClickCapture: focusOpener',
    after: 'onClickCapture: undefined',
    story: { file: 'webhooks', test: 'a webhook is tested, edited' },
    because: /Actions for deployer/,
  },
  {
    name: 'a place that is not there looks like one in which nothing has happened',
    file: 'web/src/ui/page.tsx',
    before: 'missing === undefined',
    after: "missing !== ''",
    story: { file: 'history', test: 'an entity in which nothing has happened' },
    because: /No such team/,
  },
  {
    name: 'a payload is marked only once all else is done',
    file: 'web/src/automations/use-preview.ts',
    before: "isAlone ? draft.payload : ''",
    after: "''",
    story: { file: 'automations', test: 'a draft is tried on what happened' },
    because: /cm-lintRange-error/,
  },
]

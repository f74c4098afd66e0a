import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** The import was called wrongly: its message says how. */
export class WrongCall extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WrongCall'
  }
}

const FILES_AT_ONCE_DEFAULT = 8
const FILES_AT_ONCE_MAX = 64

export const IMPORT_HELP = `Usage:
  tripline import wandb <entity>[/<project>] ... --from <url> --to <url>

Copies projects and registries, with their collections, versions, bytes, aliases, tags, links and automations, from a
server that speaks the protocol of the wandb client. Run it again to go on after an interruption, or to bring over what
is new: what is there already is not copied again.

  --from <url>             the server to copy from
  --to <url>               the Tripline to copy to
  --from-key-file <path>   a file with the API key for it; or TRIPLINE_IMPORT_FROM_KEY
  --to-key-file <path>     a file with an administrator's API key; or TRIPLINE_IMPORT_TO_KEY
  --map <entity>=<entity>  the entity has another name on the target; once for each
  --files-at-once <n>      files copied at the same time, 1 to ${FILES_AT_ONCE_MAX}. Default: ${FILES_AT_ONCE_DEFAULT}
  --enable-automations     automations are enabled if they were. Default: all come disabled
  --fire                   what is imported fires the automations of the target. Default: it does not
  --skip-broken            go on with a collection after a version that cannot be copied; its number stays a gap
  --no-automations         leave automations out
  --dry-run                say what would be copied, and copy nothing
  --json                   print the report as JSON

Exit codes: 0 all is there, 1 something is not (the report says what), 2 called wrongly.
`

/** `project` is `undefined` for all of the entity. */
export type Selection = { entity: string; project: string | undefined }

export type ServerAddress = { url: string; key: string }

export type ImportOptions = {
  selections: Selection[]
  from: ServerAddress
  to: ServerAddress
  /** Names of entities on the target by their names on the source, where they differ. */
  entities: ReadonlyMap<string, string>
  filesAtOnce: number
  automations: 'none' | 'disabled' | 'as-they-were'
  fire: boolean
  skipBroken: boolean
  dryRun: boolean
  json: boolean
}

type Environment = Record<string, string | undefined>

/** @throws WrongCall */
export function readImportOptions(argv: string[], env: Environment): ImportOptions {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'from-key-file': { type: 'string' },
      'to-key-file': { type: 'string' },
      map: { type: 'string', multiple: true },
      'files-at-once': { type: 'string' },
      'enable-automations': { type: 'boolean' },
      'no-automations': { type: 'boolean' },
      fire: { type: 'boolean' },
      'skip-broken': { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  if (positionals.length === 0)
    throw new WrongCall(`Say what to import: <entity> or <entity>/<project>.\n\n${IMPORT_HELP}`)
  return {
    selections: positionals.map(readSelection),
    from: {
      url: readUrl('--from', values.from),
      key: readKey('from', values['from-key-file'], env.TRIPLINE_IMPORT_FROM_KEY),
    },
    to: { url: readUrl('--to', values.to), key: readKey('to', values['to-key-file'], env.TRIPLINE_IMPORT_TO_KEY) },
    entities: new Map((values.map ?? []).map(readMapping)),
    filesAtOnce: readCount(values['files-at-once']),
    automations: values['no-automations'] ? 'none' : values['enable-automations'] ? 'as-they-were' : 'disabled',
    fire: values.fire === true,
    skipBroken: values['skip-broken'] === true,
    dryRun: values['dry-run'] === true,
    json: values.json === true,
  }
}

function readSelection(text: string): Selection {
  const [entity, project, ...more] = text.split('/')
  if (!entity || project === '' || more.length > 0) {
    throw new WrongCall(`"${text}" is neither <entity> nor <entity>/<project>`)
  }
  return { entity, project }
}

function readMapping(text: string): [string, string] {
  const [from, to, ...more] = text.split('=')
  if (!from || !to || more.length > 0) throw new WrongCall(`--map takes <entity>=<entity>, not "${text}"`)
  return [from, to]
}

function readUrl(option: string, text: string | undefined): string {
  if (text === undefined) throw new WrongCall(`${option} <url> is missing`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new WrongCall(`${option} takes an http or https URL without credentials`)
  }
  return url.href.replace(/\/+$/, '')
}

/** No message shows the key, or what is in the file. */
function readKey(side: 'from' | 'to', path: string | undefined, variable: string | undefined): string {
  const key = (path === undefined ? variable : contentsOf(path))?.trim()
  if (key === undefined || key === '') {
    throw new WrongCall(
      `The API key is missing: set TRIPLINE_IMPORT_${side.toUpperCase()}_KEY, or name a file with --${side}-key-file`,
    )
  }
  if (/[^\x21-\x7e]/.test(key)) throw new WrongCall(`The API key of --${side} must be one line of printable characters`)
  return key
}

function contentsOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new WrongCall(`The key file cannot be read: ${(error as Error).message}`)
  }
}

function readCount(text: string | undefined): number {
  if (text === undefined) return FILES_AT_ONCE_DEFAULT
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= FILES_AT_ONCE_MAX) return count
  throw new WrongCall(`--files-at-once takes a number from 1 to ${FILES_AT_ONCE_MAX}`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, interceptors, request } from 'undici'
import type { ServerAddress } from './arguments.ts'

const TRIES_MAX = 6
const FIRST_DELAY_MS = 500
const DELAY_MS_MAX = 30_000
const ANSWER_MS_MAX = 60_000
const REDIRECTS_MAX = 5
const PAGES_MAX = 100_000
const CONFLICT = 409
const NOT_FOUND = 404

/** What a server answered that is no success. `status` 0: it did not answer. */
export class RemoteFailure extends Error {
  readonly status: number
  /** Of a download or an upload, which are tried once; the others have been tried as often as may help. */
  readonly isOfBytes: boolean

  constructor(status: number, message: string, isOfBytes = false) {
    super(message)
    this.name = 'RemoteFailure'
    this.status = status
    this.isOfBytes = isOfBytes
  }
}

/** As the client does: what may be otherwise next time is asked for again. */
export function mayPass(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || (status >= 500 && status !== 501)
}

/** How long to wait before the next try; `tries`: made so far, at least 1. */
export function delayMsAfter(tries: number, retryAfterSeconds = 0): number {
  return Math.min(Math.max(FIRST_DELAY_MS * 2 ** (tries - 1), retryAfterSeconds * 1_000), DELAY_MS_MAX)
}

type Answer = { data: unknown } | { failure: RemoteFailure; retryAfterSeconds: number }

type Page<Node> = {
  edges: readonly { node: Node | null }[]
  pageInfo: { endCursor: string | null; hasNextPage: boolean }
}

/**
 * A server that speaks the protocol of the wandb client. The key goes to its API alone: the URLs of bytes authorise
 * themselves, wherever they point.
 */
export class RemoteServer {
  readonly url: string
  readonly #headers: Record<string, string>
  readonly #dispatcher: Dispatcher = new Agent({ bodyTimeout: ANSWER_MS_MAX, headersTimeout: ANSWER_MS_MAX })
  readonly #downloads = this.#dispatcher.compose(interceptors.redirect({ maxRedirections: REDIRECTS_MAX }))

  constructor(address: ServerAddress, headers: Record<string, string> = {}) {
    this.url = address.url
    this.#headers = {
      authorization: `Basic ${Buffer.from(`api:${address.key}`).toString('base64')}`,
      'content-type': 'application/json',
      'user-agent': 'tripline-import',
      ...headers,
    }
  }

  /**
   * The data of an operation, tried again while that may help. What is asked for must be safe to repeat.
   *
   * @throws RemoteFailure
   */
  async query<Data>(document: string, variables: Record<string, unknown>): Promise<Data> {
    return this.#untilAnswered(async () => this.#ask(document, variables)) as Promise<Data>
  }

  /**
   * The same for the REST API of a Tripline. What is there already counts as made.
   *
   * @throws RemoteFailure
   */
  async post(path: string, body: Record<string, unknown>): Promise<void> {
    await this.#untilAnswered(async () => {
      const { status, text, retryAfterSeconds } = await this.#send(`/api/v1${path}`, body)
      if ((status >= 200 && status <= 299) || status === CONFLICT) return { data: null }
      const said = (readAnswer(text) as { detail?: string } | undefined)?.detail
      return this.#failed(status, said ?? `it answered with ${status}`, retryAfterSeconds)
    })
  }

  async #untilAnswered(ask: () => Promise<Answer>): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      const answer = await ask().catch((error: unknown) => this.#failed(0, `no answer (${reasonOf(error)})`))
      if ('data' in answer) return answer.data
      const { failure, retryAfterSeconds } = answer
      if (!mayPass(failure.status) || tries === TRIES_MAX) throw failure
      await sleep(delayMsAfter(tries, retryAfterSeconds))
    }
  }

  async #ask(document: string, variables: Record<string, unknown>): Promise<Answer> {
    const sent = { query: document, operationName: '', variables }
    const { status: answered, text, retryAfterSeconds } = await this.#send('/graphql', sent)
    const answer = readAnswer(text)
    if (answered >= 200 && answered <= 299 && answer?.data != null && !answer.errors?.length)
      return { data: answer.data }
    const said = answer?.errors?.map(({ message }) => message).join('; ') ?? answer?.error
    // A refusal in a 200 is one: to ask again would not help.
    return this.#failed(answered === 200 ? 400 : answered, said || `it answered with ${answered}`, retryAfterSeconds)
  }

  async #send(path: string, body: object): Promise<{ status: number; text: string; retryAfterSeconds: number }> {
    const answer = await request(`${this.url}${path}`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify(body),
      dispatcher: this.#dispatcher,
    })
    const retryAfterSeconds = Number(answer.headers['retry-after']) || 0
    return { status: answer.statusCode, text: await answer.body.text(), retryAfterSeconds }
  }

  #failed(status: number, message: string, retryAfterSeconds = 0): Answer {
    return { failure: new RemoteFailure(status, `${new URL(this.url).host}: ${message}`), retryAfterSeconds }
  }

  /**
   * All nodes of a paged list; `pick` finds the connection in the data, `null` if there is no such thing. `undefined` then,
   * and where the server says by its status that there is none.
   */
  async list<Node>(
    document: string,
    variables: Record<string, unknown>,
    // biome-ignore lint/suspicious/noExplicitAny: each document has a shape of its own
    pick: (data: any) => Page<Node> | null | undefined,
  ): Promise<Node[] | undefined> {
    const nodes: Node[] = []
    let cursor: string | null = null
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      let page: Page<Node> | null | undefined
      try {
        page = pick(await this.query(document, { ...variables, cursor }))
      } catch (error) {
        if (!(error instanceof RemoteFailure) || error.status !== NOT_FOUND) throw error
      }
      if (page == null) return undefined
      for (const { node } of page.edges) if (node !== null) nodes.push(node)
      const { endCursor, hasNextPage } = page.pageInfo
      if (!hasNextPage || endCursor === null || endCursor === cursor) return nodes
      cursor = endCursor
    }
    throw new RemoteFailure(0, `${new URL(this.url).host}: a list does not end`)
  }

  /** @throws RemoteFailure */
  async download(url: string): Promise<Dispatcher.ResponseData['body']> {
    const { statusCode, body } = await this.#reach(url, () =>
      request(url, { dispatcher: this.#downloads, headers: { 'user-agent': 'tripline-import' } }),
    )
    if (statusCode === 200) return body
    await body.dump().catch(() => undefined)
    throw new RemoteFailure(statusCode, `${hostOf(url)}: a download was answered with ${statusCode}`, true)
  }

  /** @throws RemoteFailure */
  async upload(
    target: { url: string; headers: readonly string[] },
    body: Dispatcher.DispatchOptions['body'],
    size: number,
  ): Promise<void> {
    const headers: Record<string, string> = { 'content-length': String(size), 'user-agent': 'tripline-import' }
    for (const line of target.headers) {
      const colon = line.indexOf(':')
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
    }
    const answer = await this.#reach(target.url, () =>
      request(target.url, { method: 'PUT', headers, body: body ?? null, dispatcher: this.#dispatcher }),
    )
    const text = await answer.body.text().catch(() => '')
    if (answer.statusCode >= 200 && answer.statusCode <= 299) return
    throw new RemoteFailure(
      answer.statusCode,
      `${hostOf(target.url)}: an upload was answered with ${answer.statusCode} ${text.slice(0, 300)}`,
      true,
    )
  }

  async #reach<Answer>(url: string, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof RemoteFailure) throw error
      throw new RemoteFailure(0, `${hostOf(url)}: ${reasonOf(error)}`, true)
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.close()
  }
}

function readAnswer(text: string): { data?: unknown; errors?: { message: string }[]; error?: string } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Signed URLs are credentials: only their host is ever shown. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'a URL that is none'
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message ?? 'unknown'
}

/**
 * Every way the product says no.
 *
 * A refusal is something the caller can act on: it is thrown, typed, and part of the public contract. What the
 * outside world does (a receiver that times out) is an outcome and a value; a bug is an assertion.
 */

/** Codes are public contract: add freely, never rename or reuse. `status` is the HTTP status of every door. */
export const REFUSALS = {
  // The request itself
  invalid_request: { status: 400, title: 'The request is not valid' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  query_too_complex: { status: 400, title: 'The query is too deep or too expensive' },
  cursor_invalid: { status: 400, title: 'The cursor is not one of ours' },
  cursor_expired: { status: 410, title: 'The cursor points at events that are gone' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  route_not_found: { status: 404, title: 'No such path' },
  method_not_allowed: { status: 405, title: 'The path does not take this method' },
  idempotency_key_reused: { status: 409, title: 'The idempotency key was used for another request' },
  idempotency_in_progress: { status: 409, title: 'The first request with this idempotency key is still running' },
  not_supported: { status: 400, title: 'Not supported here' },
  // Who asks
  unauthenticated: { status: 401, title: 'No valid credentials' },
  sign_in_failed: { status: 401, title: 'The name and the password do not fit' },
  sign_in_expired: { status: 400, title: 'The sign-in was not finished in time' },
  identity_refused: { status: 403, title: 'The identity provider knows you, and this server does not let you in' },
  identity_provider_failed: { status: 502, title: 'The identity provider did not confirm who you are' },
  csrf_token_invalid: { status: 403, title: 'The request does not show that this session made it' },
  origin_not_allowed: { status: 403, title: 'The request comes from a page of another site' },
  caused_by_unknown: { status: 400, title: 'The request names a cause that is not visible to you' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'No such thing, or not visible to you' },
  // Names
  name_invalid: { status: 400, title: 'The name is not valid' },
  name_reserved: { status: 409, title: 'The name is reserved' },
  name_taken: { status: 409, title: 'The name is taken' },
  email_taken: { status: 409, title: 'The e-mail address is taken' },
  password_invalid: { status: 400, title: 'The password is not usable' },
  password_wrong: { status: 403, title: 'The current password is not right' },
  api_key_taken: { status: 409, title: 'The API key cannot be used' },
  api_key_invalid: { status: 400, title: 'The API key is not usable' },
  last_admin: { status: 409, title: 'The last administrator cannot be removed' },
  entity_not_empty: { status: 409, title: 'It still holds projects, webhooks or teams' },
  membership_invalid: { status: 409, title: 'The user cannot be a member there' },
  limit_reached: { status: 409, title: 'A limit is reached' },
  setup_token_invalid: { status: 403, title: 'The set-up link is not valid' },
  setup_done: { status: 409, title: 'This server is already set up' },
  invite_invalid: { status: 404, title: 'The invite is not valid' },
  // Artifacts
  artifact_type_mismatch: { status: 400, title: 'The collection holds another artifact type' },
  artifact_type_in_use: { status: 409, title: 'The registry holds collections of that type' },
  artifact_not_pending: { status: 409, title: 'The artifact is already committed or deleted' },
  artifact_incomplete: { status: 503, title: 'Other runs are still uploading their parts' },
  version_number_given: { status: 409, title: 'The version number was given before' },
  artifact_has_aliases: { status: 409, title: 'The version still has aliases' },
  artifact_not_linkable: { status: 400, title: 'The artifact cannot be linked there' },
  alias_invalid: { status: 400, title: 'The alias is not valid' },
  tag_invalid: { status: 400, title: 'The tag is not valid' },
  metadata_invalid: { status: 400, title: 'The metadata is not valid' },
  manifest_missing: { status: 400, title: 'The manifest was not uploaded' },
  manifest_invalid: { status: 400, title: 'The manifest is not valid' },
  manifest_mismatch: { status: 400, title: 'The manifest names files that were not uploaded' },
  storage_region_unknown: { status: 400, title: 'Unknown storage region' },
  // Bytes
  upload_truncated: { status: 400, title: 'The upload ended early' },
  upload_length_mismatch: { status: 400, title: 'The upload has another length than announced' },
  upload_digest_mismatch: { status: 400, title: 'The bytes have another digest than announced' },
  upload_incomplete: { status: 409, title: 'The parts of the upload are not all there' },
  upload_stalled: { status: 408, title: 'The upload stopped moving' },
  upload_conflict: { status: 409, title: 'Other bytes are already stored there' },
  signed_url_invalid: { status: 403, title: 'The signed URL is not valid' },
  signed_url_expired: { status: 403, title: 'The signed URL has expired' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside the file' },
  storage_full: { status: 507, title: 'The storage is full' },
  // Automations, webhooks, secrets
  filter_invalid: { status: 400, title: 'The filter is not valid' },
  scope_invalid: { status: 400, title: 'The scope does not suit the event' },
  scope_unknown: { status: 400, title: 'No such scope, or not visible to you' },
  webhook_unknown: { status: 400, title: 'No such webhook, or not yours to use' },
  template_invalid: { status: 400, title: 'The payload template is not valid' },
  webhook_url_invalid: { status: 422, title: 'The webhook URL is not valid' },
  webhook_url_blocked: { status: 422, title: 'The webhook points at an address that is not allowed' },
  receiver_not_ready: { status: 409, title: 'The webhook cannot be sent to as it is' },
  webhook_in_use: { status: 409, title: 'The webhook is in use' },
  secret_invalid: { status: 400, title: 'The secret is not valid' },
  secret_unknown: { status: 400, title: 'No such secret in this team' },
  secret_in_use: { status: 409, title: 'The secret is in use' },
  automation_disabled: { status: 409, title: 'The automation is disabled' },
  automation_out_of_scope: { status: 409, title: 'The automation does not reach there' },
  delivery_not_settled: { status: 409, title: 'The delivery is still in progress' },
  delivery_not_replayable: { status: 409, title: 'The delivery cannot be replayed that way' },
  // The server
  rate_limited: { status: 429, title: 'Too many requests' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  storage_unavailable: { status: 503, title: 'Files cannot be stored' },
  shutting_down: { status: 503, title: 'The server is stopping' },
} as const satisfies Record<string, { status: number; title: string }>

export type RefusalCode = keyof typeof REFUSALS

/** One field that is wrong: `path` is a JSON Pointer into the body, or `query/<name>`, `params/<name>`. */
export type FieldProblem = { path: string; message: string }

/**
 * A refusal. `message` says what is wrong and what to do, in one or two sentences, and is shown to the caller:
 * it never holds a secret, nor the name of something the caller may not see.
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly status: number
  readonly fields: readonly FieldProblem[]
  readonly details: Record<string, unknown>

  constructor(
    code: RefusalCode,
    message: string,
    extra: { fields?: readonly FieldProblem[]; details?: Record<string, unknown> } = {},
  ) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.status = REFUSALS[code].status
    this.fields = extra.fields ?? []
    this.details = extra.details ?? {}
  }
}

/** Runs `work`; a refusal of it names its fields below `pointer`, where the caller has what `work` is about. */
export async function withFieldsBelow<Result>(pointer: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const fields = error.fields.map(({ path, message }) => ({ path: `${pointer}${path}`, message }))
    throw new Refusal(error.code, error.message, { fields, details: error.details })
  }
}

/** The one answer for what is absent and for what the caller may not see: `what` must come from the request. */
export function notFound(what: string): Refusal {
  return new Refusal('not_found', `${what} not found`)
}

/**
 * References of manifests into other versions, as the client writes them: `wandb-artifact://<key>/<path>`, where the key
 * is the GraphQL id of the artifact in hex.
 */

const PREFIX = 'Artifact:'

/** What stands for the artifact in references to it. */
export function referenceKey(artifactId: number): string {
  return Buffer.from(Buffer.from(`${PREFIX}${artifactId}`).toString('base64')).toString('hex')
}

/** The id of the artifact that a key stands for; `undefined` for what the client would never write. */
export function artifactOfKey(key: string): number | undefined {
  const decoded = Buffer.from(Buffer.from(key, 'hex').toString('latin1'), 'base64').toString('latin1')
  const id = decoded.startsWith(PREFIX) ? Number(decoded.slice(PREFIX.length)) : Number.NaN
  return Number.isSafeInteger(id) && referenceKey(id) === key ? id : undefined
}

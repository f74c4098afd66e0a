/**
 * What the answer to a download says of itself, whoever gives it: bytes come from anybody, so nothing a browser would
 * show or run.
 */
export function downloadHeaders(about: { filename: string; contentType?: string | undefined }): {
  disposition: string
  contentType: string
} {
  return {
    disposition: `attachment; filename*=UTF-8''${encodeFilename(about.filename)}`,
    contentType: safeContentType(about.contentType),
  }
}

/** A claim of whoever uploaded the bytes, so anything that is not plainly a type is none. */
function safeContentType(claimed: string | undefined): string {
  const isType = claimed !== undefined && /^[\w.+-]{1,100}\/[\w.+-]{1,100}(; ?charset=[\w-]{1,40})?$/.test(claimed)
  return isType ? claimed : 'application/octet-stream'
}

/** RFC 8187: what `encodeURIComponent` leaves bare and the grammar does not allow is encoded too. */
function encodeFilename(filename: string): string {
  const name = filename.toWellFormed().split('/').at(-1)!
  return encodeURIComponent(name).replaceAll(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

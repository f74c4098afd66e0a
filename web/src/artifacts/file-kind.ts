/** How a file is shown. Whatever a browser would run, HTML and SVG first of all, is text. */
export type FileKind = 'image' | 'csv' | 'json' | 'text'

/** What is read of a file to show it. */
export const PREVIEW_BYTES_MAX = 256 * 1024

const IMAGES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  avif: 'image/avif',
}
/** Beyond this an image is not shown: half of one is none. */
export const IMAGE_BYTES_MAX = 8 * 1024 * 1024

/** By the name alone: what a file says of itself is its author's word. */
export function fileKind(path: string): FileKind {
  const extension = extensionOf(path)
  if (extension in IMAGES) return 'image'
  if (extension === 'csv' || extension === 'tsv') return 'csv'
  if (extension === 'json') return 'json'
  return 'text'
}

/** The type that the bytes of an image are shown under. */
export function imageType(path: string): string {
  return IMAGES[extensionOf(path)] ?? 'application/octet-stream'
}

export function extensionOf(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
}

/**
 * Bytes as text, or `undefined` if they are none. `isCut`: the last character may be missing a part.
 */
export function decodeText(bytes: Uint8Array, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined
  for (const cut of isCut ? [0, 1, 2, 3] : [0]) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut))
    } catch {
      // Not UTF-8 so far: perhaps without what was cut.
    }
  }
  return undefined
}

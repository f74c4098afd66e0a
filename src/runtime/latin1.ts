const ASCII = /^[\x00-\x7f]*$/

/** One character for each byte of the text's UTF-8, which is how Node takes and gives headers. */
export function utf8AsLatin1(text: string): string {
  // Nearly every text here is, and then it is its own bytes.
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1')
}

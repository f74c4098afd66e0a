/** The text with Slack's three characters of control escaped, so that it can neither notify people nor pose as a link. */
export function escapeForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

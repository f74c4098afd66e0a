import type { FastifyReply } from 'fastify'

/** Text as it stands in HTML, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/**
 * Answer with a small page of our own, without scripts. `body` is HTML: whatever in it comes from outside has gone
 * through `escapeHtml`.
 */
export function answerPage(reply: FastifyReply, input: { status?: number; title: string; body: string }): void {
  reply
    .code(input.status ?? 200)
    .header('content-type', 'text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('x-frame-options', 'DENY')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    .send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(input.title)} · Tripline</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  label { display: block; margin: 1rem 0 }
  input { display: block; font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .25rem }
  button { font: inherit; padding: .5rem 1.25rem }
  pre { padding: 1rem; overflow-x: auto; border: 1px solid #8888; border-radius: 6px }
  .problem { border-left: 4px solid #c62828; padding-left: .75rem }
</style>
<h1>${escapeHtml(input.title)}</h1>
${input.body}
</html>
`)
}

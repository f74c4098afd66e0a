/** Only a path of this app: a link to sign in must not lead elsewhere, and not back to signing in. */
export function localPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return '/'
  const url = URL.parse(next, 'https://tripline.invalid')
  if (url === null || url.origin !== 'https://tripline.invalid' || url.pathname === '/login') return '/'
  return `${url.pathname}${url.search}${url.hash}`
}

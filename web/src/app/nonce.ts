/** The nonce of the content security policy: styles that scripts add to the page must carry it. */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

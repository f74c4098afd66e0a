/** The nonce of the content security policy: styles that scripts add to the page must carry it. */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

// Where what keeps the page behind a dialog from scrolling looks for it (`get-nonce`).
Object.assign(globalThis, { __webpack_nonce__: NONCE })

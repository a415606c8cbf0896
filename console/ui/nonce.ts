/**
 * The server puts a fresh value into the page for each answer; the browser takes style elements only with it. Whatever makes such an element
 * must be given this.
 */
export const styleNonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

/** Where libraries that know no other way look for it: the one that holds the page still behind a dialog. */
export function offerNonce(): void {
  Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
}

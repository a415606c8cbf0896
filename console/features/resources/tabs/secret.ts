/** The text of a Secret's value (base64); undefined when it is none. */
export function decoded(value: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), letter => letter.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\0-\x08\x0e-\x1f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

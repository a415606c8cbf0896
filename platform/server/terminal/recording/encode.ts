/** Bytes as text. */

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

export const fromHex = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], digits => Number.parseInt(digits, 16));

/** As many letters at a time as a call takes arguments. */
const sliceBytes = 8192;

export function toBase64(bytes: Uint8Array): string {
  let letters = '';
  for (let at = 0; at < bytes.length; at += sliceBytes)
    letters += String.fromCharCode(...bytes.subarray(at, at + sliceBytes));
  return btoa(letters);
}

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), letter => letter.charCodeAt(0));

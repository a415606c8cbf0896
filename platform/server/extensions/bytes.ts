/** Base64 and digests of bytes. */

/** Undefined for text that is none. White space does not count. */
export function fromBase64Bytes(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/\s/g, '');
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
  return new Uint8Array(Buffer.from(plain, 'base64'));
}

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** SHA-256 in hexadecimal. */
export const hexDigestOf = async (bytes: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');

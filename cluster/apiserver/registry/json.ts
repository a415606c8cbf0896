/** The only place of the server that parses JSON, with a counter: tests assert that reads parse nothing. */

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** How often JSON was parsed since the process started. */
export const jsonParses = { count: 0 };

/** Parses UTF-8 JSON. @throws SyntaxError or TypeError (bad UTF-8). */
export function parseJson<T>(bytes: Uint8Array): T {
  jsonParses.count++;
  return JSON.parse(decoder.decode(bytes)) as T;
}

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

export const encodeText = (text: string): Uint8Array => encoder.encode(text);

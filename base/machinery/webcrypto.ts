/** The parts of Web Crypto that browsers and Node share, bound so that they can be passed around. */
export const getRandomValues = <T extends Uint8Array<ArrayBuffer>>(target: T): T =>
  globalThis.crypto.getRandomValues(target);
export const randomUUID = (): string => globalThis.crypto.randomUUID();

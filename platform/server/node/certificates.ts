/** Reading certificates. */
import { X509Certificate } from 'node:crypto';

/** When the first certificate of a PEM text ends, in milliseconds since 1970; undefined for a text that is none. */
export function certificateEndMs(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined;
  }
}

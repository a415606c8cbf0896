/** Certificates of a repository: PEM, as people paste them, or in base64, as KubeSphere has them. */
import { fromBase64Bytes } from '../extensions/bytes.ts';

export function bundleOf(text: string): string {
  if (text.includes('-----BEGIN')) return text;
  const bytes = fromBase64Bytes(text);
  return bytes ? new TextDecoder().decode(bytes) : '';
}

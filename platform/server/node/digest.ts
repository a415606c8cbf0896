/** A digest at once, where waiting for another thread would cost more than the digest. */
import { createHash } from 'node:crypto';

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64');

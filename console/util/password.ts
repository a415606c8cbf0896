/** Passwords that a machine chooses for somebody. */
import type { Random } from '@orrery/machinery/random';

/** None that are easily taken for another. */
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const length = 16;
/** What the platform asks for. */
const needed = [/[a-z]/, /[A-Z]/, /[0-9]/];

/** 16 letters and digits, some 92 bits, each as likely as any other. */
export function randomPassword(random: Pick<Random, 'bytes'>): string {
  for (;;) {
    // Bytes beyond the last whole multiple are dropped, so that no letter is likelier.
    const fair = [...random.bytes(4 * length)].filter(byte => byte < 256 - (256 % letters.length));
    const password = fair
      .slice(0, length)
      .map(byte => letters[byte % letters.length])
      .join('');
    if (password.length === length && needed.every(form => form.test(password))) return password;
  }
}

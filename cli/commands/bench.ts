/** `orrery bench`: what is measured is chosen by name. */
import { CliError } from '../error.ts';

export async function bench(what: string, _options: { output?: string; rounds: number }): Promise<void> {
  throw new CliError(`"${what}" cannot be measured: choose start`, 2);
}

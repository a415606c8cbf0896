/** The first administrator's password: told once, kept nowhere but as a hash, or chosen by whoever installs. */
import { readFileSync } from 'node:fs';
import { CliError } from '../error.ts';
import { bold } from '../output.ts';
import type { FirstAccount } from './messages.ts';

/** @throws CliError when the file that was named cannot be read, or is empty. */
export function readPassword(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const password = readOption(path, '--admin-password-file').trim();
  if (password === '') throw new CliError(`--admin-password-file: ${path} is empty`, 2);
  return password;
}

/** The text of a file that an option names. */
export function readOption(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`${option}: ${(error as Error).message}`, 2);
  }
}

/** Lines for people, and for scripts that look for them. */
export const firstLogIn = ({ user, password }: FirstAccount): string[] => [
  `${bold('first log-in')}: ${user} with password ${password}`,
  '(it must be changed; it is not shown again)',
];

/** Paths in containers, and names that come out of them. Pure. */
import { badRequest } from '@orrery/machinery/status';

const pathMax = 4096;

/** @throws StatusError 400: a path in a container is whole, without detours, and one argument of a command. */
export function checkPath(path: string): string {
  if (!path.startsWith('/')) throw badRequest('query.path is a path from the root of the container on');
  if (path.length > pathMax || path.includes('\0')) throw badRequest('query.path is no path');
  const parts = path.split('/').filter(part => part !== '');
  if (parts.some(part => part === '.' || part === '..')) throw badRequest('query.path makes no detours');
  return `/${parts.join('/')}`;
}

/** The folder that a path is in, and its last name. @throws StatusError 400 for the root itself. */
export function takeApart(path: string): { folder: string; name: string } {
  const whole = checkPath(path);
  const at = whole.lastIndexOf('/');
  const name = whole.slice(at + 1);
  if (name === '') throw badRequest('query.path names a file or a folder, not the root');
  return { folder: whole.slice(0, at) || '/', name };
}

/** @throws StatusError 400: the name of a file, without a folder. */
export function checkName(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.length > 255 || /[/\\\u0000-\u001f]/.test(name))
    throw badRequest('a file has a name of its own, without folders');
  return name;
}

/**
 * The name of an entry of an archive as it may be unpacked anywhere: inside `root`, without detours. Undefined for one that leads out: a
 * container may write its archives as it likes.
 */
export function entryName(name: string, root: string): string | undefined {
  if (name.startsWith('/') || name.includes('\0') || name.includes('\\')) return undefined;
  const parts = name.split('/').filter(part => part !== '' && part !== '.');
  if (parts.includes('..') || parts[0] !== root || /^[a-z]:/i.test(parts[0])) return undefined;
  return parts.join('/');
}

/** For a header of HTTP: letters that every browser reads the same, and the whole name beside them. */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

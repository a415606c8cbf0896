/** The program as the server process runs it. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Layout } from '@orrery/embedded/layout';

/**
 * Code compiled when the bundle was built serves its copy too, since the two lie side by side here as they do there. The server reads it
 * also when it has given up its rights, and loads the platform.
 */
function copyCompiled(layout: Layout): void {
  const source = process.env.NODE_COMPILE_CACHE;
  mkdirSync(compiledCode(layout), { mode: 0o755 });
  if (source === undefined || !existsSync(source)) return;
  cpSync(source, compiledCode(layout), { recursive: true });
  for (const entry of readdirSync(compiledCode(layout), { recursive: true, withFileTypes: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/** Where the server's compiled code is kept: root's own, which nothing that serves requests may write. */
export const compiledCode = (layout: Layout): string => join(layout.program, 'compiled');

/**
 * Copies the bundle into the data directory, where the server's user can read it and a rebuild does not reach it.
 * @returns the path of the program in the copy.
 */
export function copyProgram(layout: Layout): string {
  // The launcher starts the program through a link that moves on with the next build.
  const source = realpathSync(dirname(process.argv[1]!));
  const target = join(layout.program, basename(source));
  if (!existsSync(target)) {
    rmSync(layout.program, { recursive: true, force: true });
    mkdirSync(layout.program, { recursive: true, mode: 0o755 });
    copyCompiled(layout);
    cpSync(source, `${target}.next`, { recursive: true, dereference: true });
    renameSync(`${target}.next`, target);
  }
  return join(target, basename(process.argv[1]!));
}

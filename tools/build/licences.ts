/** The licences of what others wrote and a bundle carries. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Read for the sentences of `kubectl explain`, which no import tells (tools/gen/sentences.ts). */
export const sentencesPackage = 'node_modules/kubernetes-types';

/**
 * The folders of the npm packages that these source files belong to, from `node_modules` on, sorted. What is no file of a package is left out.
 */
export function packagesOf(paths: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const [, folder] = /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (folder !== undefined && !folder.includes('node_modules/.')) found.add(folder);
  }
  return [...found].sort();
}

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const textName = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** One text that names each package with its version, its licence and that licence's text, if the package brings it. */
export async function noticeOf(root: string, folders: readonly string[]): Promise<string> {
  const parts = await Promise.all(folders.filter(folder => existsSync(join(root, folder))).map(partOf(root)));
  const head =
    'Orrery is licensed under the Apache License 2.0 (see LICENSE).\nIt carries the packages below, each under its own licence.\n';
  return [head, ...parts.toSorted()].join(`\n${'-'.repeat(80)}\n\n`);
}

const partOf =
  (root: string) =>
  async (folder: string): Promise<string> => {
    const directory = join(root, folder);
    const { name, version, license } = JSON.parse(
      await readFile(join(directory, 'package.json'), 'utf8'),
    ) as PackageFile;
    const names = (await readdir(directory)).filter(entry => textName.test(entry)).sort();
    const texts = await Promise.all(names.map(entry => readFile(join(directory, entry), 'utf8')));
    const said =
      texts.length > 0 ? texts.map(text => text.replaceAll('\r\n', '\n').trim()) : ['(no text in the package)'];
    return `${name} ${version}\nLicence: ${license ?? 'see below'}\n\n${said.join('\n\n')}\n`;
  };

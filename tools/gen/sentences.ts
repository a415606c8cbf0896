/**
 * The sentences of `kubectl explain`, read at build time from the doc comments of an installed package of type declarations. None of
 * them is kept in the repository; where the package is missing, explanations are empty.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Describe } from '@orrery/kinds/openapi';
import { shortTypeName } from './swagger.ts';

function packageDirectory(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('kubernetes-types/package.json'));
  } catch {
    return undefined;
  }
}

const comment = String.raw`/\*\*\s([\s\S]*?)\s\*/\s*`;
const plain = (text: string): string =>
  text
    .replace(/\s*\n\s*\*\s?/g, '\n')
    .replaceAll('*\\/', '*/')
    .trim();

/** Adds `core.v1.Pod` and `core.v1.Pod/spec` for every declaration of a file. */
function readDeclarations(source: string, home: string, into: Map<string, string>): void {
  const declarations = new RegExp(
    `(?:${comment})?export (?:interface|type|declare type) (\\w+)([^]*?)(?=\\n(?:/\\*\\*|export|$)|$)`,
    'g',
  );
  for (const [, about, name, body] of source.matchAll(declarations)) {
    if (about) into.set(`${home}.${name}`, plain(about));
    for (const [, text, field] of body!.matchAll(
      new RegExp(`^ {4}${comment}(?:readonly )?["']?([$\\w]+)["']?\\??:`, 'gm'),
    )) {
      into.set(`${home}.${name}/${field}`, plain(text!));
    }
  }
}

/** Looks up sentences; undefined when the package is not installed. */
export function readSentences(): Describe | undefined {
  const root = packageDirectory();
  if (root === undefined || !existsSync(root)) return undefined;
  const sentences = new Map<string, string>();
  for (const group of readdirSync(root, { withFileTypes: true })) {
    if (!group.isDirectory()) continue;
    for (const file of readdirSync(join(root, group.name)).filter(name => /^v\d+\.d\.ts$/.test(name))) {
      const home = `${group.name}.${file.replace('.d.ts', '')}`;
      readDeclarations(readFileSync(join(root, group.name, file), 'utf8'), home, sentences);
    }
  }
  return (definition, field) => {
    const type = shortTypeName(definition);
    return sentences.get(field === undefined ? type : `${type}/${field}`);
  };
}

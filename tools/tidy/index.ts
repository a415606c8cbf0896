/** The rules of this house as a program: `node tools/tidy/index.ts [FOLDER]`. One line per finding; exit code 1 when there is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTree } from './source.ts';
import { findings } from './rules.ts';
import type { Ratchet } from './rules/sizes.ts';

const root = process.argv[2] ?? join(import.meta.dirname, '../..');
const ratchet = JSON.parse(readFileSync(join(import.meta.dirname, 'ratchet.json'), 'utf8')) as Ratchet;
const found = findings(readTree(root), ratchet);
for (const { path, line, rule, message } of found) process.stdout.write(`${path}:${line} [${rule}] ${message}\n`);
process.stdout.write(found.length === 0 ? 'tidy\n' : `${found.length} findings\n`);
process.exitCode = found.length === 0 ? 0 : 1;

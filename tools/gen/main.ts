/**
 * The generator's command line:
 * `node tools/gen/main.ts` writes the catalogue, the types, docs/compatibility.md and docs/security.md; `node tools/gen/main.ts facts DIRECTORY`
 * first renews `facts.json` from checkouts of upstream's API declarations.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import type { CatalogueFile } from '@orrery/kinds';
import { buildCatalogue, printCatalogue } from './catalogue.ts';
import { printCompatibility } from './compatibility.ts';
import { readFacts } from './facts.ts';
import type { Facts } from './facts.ts';
import { printSecurity } from './security.ts';
import { hasReference, readSwagger } from './swagger.ts';
import { printTypes, printTypesIndex } from './types.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const printFacts = ({ structs, named }: Facts): string => {
  const table = (rows: Record<string, readonly string[]>): string =>
    Object.keys(rows)
      .sort()
      .map(name => `    ${JSON.stringify(name)}: ${JSON.stringify(rows[name])}`)
      .join(',\n');
  return `{\n  "structs": {\n${table(structs)}\n  },\n  "named": {\n${table(named)}\n  }\n}\n`;
};

const pretty = (text: string): Promise<string> =>
  format(text, { parser: 'typescript', printWidth: 120, singleQuote: true, arrowParens: 'avoid' });

/** The files that `tools/gen` keeps under version control, path (from the repository's root) to text. */
export async function generate(catalogueText: string): Promise<Map<string, string>> {
  const file = JSON.parse(catalogueText) as CatalogueFile;
  const types = printTypes(file);
  const written = new Map([['base/kinds/catalogue.json', catalogueText]]);
  for (const [name, text] of types) written.set(`base/kinds/types/${name}`, await pretty(text));
  return written.set('base/kinds/types.data.ts', await pretty(printTypesIndex(types, file)));
}

/** The catalogue's text, from the reference data and `facts.json`. */
export const catalogueText = (): string =>
  printCatalogue(buildCatalogue(readSwagger(), JSON.parse(readFileSync(here('./facts.json'), 'utf8')) as Facts));

async function main([command, directory]: string[]): Promise<void> {
  if (command === 'facts' && directory) writeFileSync(here('./facts.json'), printFacts(readFacts(directory)));
  writeFileSync(here('../../docs/compatibility.md'), printCompatibility());
  writeFileSync(here('../../docs/security.md'), printSecurity());
  if (!hasReference()) {
    console.log('left out: the catalogue stays as committed, ../shared/reference is not here');
    return;
  }
  mkdirSync(here('../../base/kinds/types'), { recursive: true });
  for (const [path, text] of await generate(catalogueText())) writeFileSync(here(`../../${path}`), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

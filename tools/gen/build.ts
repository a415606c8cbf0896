/** Writes the data files that lie beside a bundle: the catalogue, and the OpenAPI documents ready to be sent. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readDataFile } from '@orrery/kinds';
import { hashOf, openApiFiles } from '@orrery/kinds/openapi';
import { readSentences } from './sentences.ts';

const compress = promisify(gzip);

/** Fills `directory` (made if absent) with `catalogue.json` and `openapi/`. Needs nothing but the repository; under 3 s. */
export async function buildData(directory: string): Promise<void> {
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), bytes);
  };
  const hashes: Record<string, string> = {};
  await write('catalogue.json', readDataFile('catalogue.json'));
  for (const [name, bytes] of openApiFiles(readSentences())) {
    hashes[name] = hashOf(bytes);
    await write(`${name}.gz`, await compress(bytes, { level: 6 }));
  }
  await write('openapi/index.json', new TextEncoder().encode(JSON.stringify(hashes)));
}

/**
 * Reading the console's files from a folder: with a `manifest.json` exactly what it lists, without one whatever is there.
 * The manifest is `{ "files": { "assets/index-4f2a.js": { "type": "text/javascript", "immutable": true, "encodings": ["br", "gzip"] } } }`;
 * an encoding of a file stands beside it, as `<file>.br` and `<file>.gz`.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ConsoleAsset, ConsoleAssets } from '../console/assets.ts';

export interface ConsoleManifest {
  readonly files: Readonly<Record<string, ConsoleFile>>;
}

export interface ConsoleFile {
  /** The media type; by the file's ending unless given. */
  readonly type?: string;
  readonly immutable?: boolean;
  readonly encodings?: readonly ('br' | 'gzip')[];
}

const endings = { br: '.br', gzip: '.gz' } as const;

const types: Readonly<Record<string, string>> = {
  css: 'text/css',
  html: 'text/html',
  ico: 'image/x-icon',
  js: 'text/javascript',
  json: 'application/json',
  map: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** Undefined when there is no such folder. Rejects for a manifest that lists what is not there, or leads out of the folder. */
export async function loadConsoleAssets(folder: string): Promise<ConsoleAssets | undefined> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return undefined;
  const files = (await readManifest(folder))?.files ?? (await walk(folder));
  const assets = await Promise.all(
    Object.entries(files).map(async ([name, file]): Promise<[string, ConsoleAsset]> => {
      if (name.startsWith('/') || name.split('/').includes('..'))
        throw new Error(`the console's manifest lists ${JSON.stringify(name)}: a path below the folder is needed`);
      return [`/${name}`, await readAsset(join(folder, name), file)];
    }),
  );
  return new Map(assets);
}

async function readManifest(folder: string): Promise<ConsoleManifest | undefined> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ConsoleManifest);
}

const manifestName = 'manifest.json';

/** Without a manifest nothing is known to be immutable; what stands compressed beside a file is taken. */
async function walk(folder: string): Promise<Record<string, ConsoleFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(folder, sep).length).replaceAll(sep, '/'));
  const compressed = (name: string): ('br' | 'gzip')[] =>
    (['br', 'gzip'] as const).filter(encoding => names.includes(`${name}${endings[encoding]}`));
  return Object.fromEntries(
    names.filter(name => !/\.(br|gz)$/.test(name)).map(name => [name, { encodings: compressed(name) }]),
  );
}

async function readAsset(
  path: string,
  { type, immutable = false, encodings = [] }: ConsoleFile,
): Promise<ConsoleAsset> {
  const identity = await readFile(path);
  const others = await Promise.all(
    encodings.map(async encoding => [encoding, await readFile(`${path}${endings[encoding]}`)] as const),
  );
  const media = type ?? types[path.split('.').at(-1)!.toLowerCase()] ?? 'application/octet-stream';
  const isText = !media.includes('charset') && (media.startsWith('text/') || media === 'application/json');
  return {
    contentType: isText ? `${media}; charset=utf-8` : media,
    immutable,
    etag: createHash('sha256').update(identity).digest('base64url').slice(0, 22),
    bytes: { identity, ...Object.fromEntries(others) },
  };
}

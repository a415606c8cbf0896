/**
 * OpenAPI of other servers beside our own: v3 has one document per group version, which is fetched when asked for; of v2 the paths of what
 * is registered are spliced into our document, with the definitions that they need and that are not there.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { encodeV2, hashOf } from '@orrery/kinds/openapi';
import type { DocumentV2, Packed } from '@orrery/kinds/openapi';
import { spliced } from '../crd/openapi.ts';
import { parseJson } from '../registry/json.ts';
import type { OpenApiSource } from '../serve/openapi.ts';
import type { Reach } from './reach.ts';
import type { ApiServices, Remote } from './services.ts';

const inflate = promisify(gunzip);
const deflate = promisify(gzip);
const timeoutMs = 10_000;
const bytesMax = 32 << 20;
const reader = { name: 'system:aggregator', groups: [] };

type Json = unknown;
type Loose = Readonly<Record<string, Json>>;

const isObject = (value: Json): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);
const objectIn = (value: Json, name: string): Loose => {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? found : {};
};

export interface Addition {
  readonly paths: Loose;
  readonly definitions: Loose;
}

/** What a server's document says of one group version. Shared parameters are written out; `isKnown` definitions are left to ours. */
export function additionOf(
  document: Json,
  { group, version }: Pick<Remote, 'group' | 'version'>,
  isKnown: (definition: string) => boolean,
): Addition {
  const parameters = objectIn(document, 'parameters');
  const all = objectIn(document, 'definitions');
  const definitions: Record<string, Json> = {};
  const taken = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(taken);
    if (!isObject(value)) return value;
    const reference = typeof value.$ref === 'string' ? /^#\/(parameters|definitions)\/(.*)$/.exec(value.$ref) : null;
    if (reference?.[1] === 'parameters') return taken(parameters[reference[2]!]);
    if (reference?.[1] === 'definitions') take(reference[2]!);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, taken(part)]));
  };
  const take = (name: string): void => {
    if (isKnown(name) || name in definitions || !Object.hasOwn(all, name)) return;
    definitions[name] = {};
    definitions[name] = taken(all[name]);
  };
  const prefix = `/apis/${group}/${version}/`;
  const own = Object.entries(objectIn(document, 'paths')).filter(([path]) => `${path}/`.startsWith(prefix));
  return { paths: Object.fromEntries(own.map(([path, value]) => [path, taken(value)])), definitions };
}

interface Known {
  /** Of the document of v3, as the server's index says; undefined when it has none. */
  readonly hash: string | undefined;
  /** The document of v2. */
  v2?: Promise<Json>;
}

const fileOf = ({ group, version }: Remote): string => `openapi/v3/apis/${group}/${version}.json`;

export class RemoteOpenApi {
  readonly #services: ApiServices;
  readonly #reach: Reach;
  readonly #known = new Map<string, Known>();
  #revision = 0;

  constructor(services: ApiServices, reach: Reach) {
    this.#services = services;
    this.#reach = reach;
    services.onChange(name => {
      if (services.remote(name) === undefined && this.#known.delete(name)) this.#revision++;
    });
  }

  async #ask(remote: Remote, target: string): Promise<Uint8Array | undefined> {
    const headers = { accept: 'application/json' };
    const answer = await this.#reach.ask(remote, { target, headers, user: reader, timeoutMs, bytesMax });
    return answer.status === 200 ? answer.body : undefined;
  }

  /** Asks a server that was just found well whether its documents are others than before. */
  async refresh(remote: Remote): Promise<void> {
    let hash: string | undefined;
    try {
      const index = await this.#ask(remote, '/openapi/v3');
      const place = index && objectIn(objectIn(parseJson(index), 'paths'), `apis/${remote.group}/${remote.version}`);
      const url = place?.serverRelativeURL;
      if (typeof url === 'string') hash = /[?&]hash=([0-9A-Za-z]+)/.exec(url)?.[1] ?? '';
    } catch {
      // Who describes nothing is served all the same.
    }
    const known = this.#known.get(remote.name);
    if (known && known.hash === hash && hash) return;
    this.#known.set(remote.name, { hash });
    this.#revision++;
  }

  #hashes(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const remote of this.#services.remotes()) {
      const hash = this.#known.get(remote.name)?.hash;
      if (hash !== undefined) found[fileOf(remote)] = hash;
    }
    return found;
  }

  #documentV2(remote: Remote, known: Known): Promise<Json> {
    known.v2 ??= this.#ask(remote, '/openapi/v2')
      .then(bytes => bytes && parseJson<Json>(bytes))
      .catch(() => {
        delete known.v2;
        return undefined;
      });
    return known.v2;
  }

  async #fileV3(remote: Remote, hash: string): Promise<Packed | undefined> {
    const bytes = await this.#ask(remote, `/openapi/v3/apis/${remote.group}/${remote.version}`).catch(() => undefined);
    return bytes && { gzip: await deflate(bytes, { level: 1 }), hash: hash || hashOf(bytes) };
  }

  async #joined(base: OpenApiSource, name: string): Promise<Packed | undefined> {
    const own = await base.file(name);
    if (own === undefined) return undefined;
    const text = (await inflate((await base.file('openapi/v2.json'))!.gzip)).toString();
    const paths: Record<string, Json> = {};
    const definitions: Record<string, Json> = {};
    for (const remote of this.#services.remotes()) {
      const known = this.#known.get(remote.name);
      const document = known && (await this.#documentV2(remote, known));
      const isKnown = (definition: string): boolean =>
        Object.hasOwn(definitions, definition) || text.includes(`${JSON.stringify(definition)}:{`);
      const addition = additionOf(document, remote, isKnown);
      Object.assign(paths, addition.paths);
      Object.assign(definitions, addition.definitions);
    }
    const bytes = name.endsWith('.pb')
      ? Buffer.concat([await inflate(own.gzip), encoded({ paths, definitions })])
      : Buffer.from(spliced(spliced(text, 'paths', paths), 'definitions', definitions));
    return { gzip: await deflate(bytes, { level: 1 }), hash: hashOf(bytes) };
  }

  /** Our documents with theirs. */
  over(base: OpenApiSource): OpenApiSource {
    let joined = new Map<string, { own: string; file: Promise<Packed | undefined> }>();
    let seen = -1;
    const fileV2 = async (name: string): Promise<Packed | undefined> => {
      if (seen !== this.#revision) {
        seen = this.#revision;
        joined = new Map();
      }
      const own = (await base.file(name))?.hash ?? '';
      let made = joined.get(name);
      if (made?.own !== own) joined.set(name, (made = { own, file: this.#joined(base, name) }));
      return made.file;
    };
    return {
      file: async name => {
        if (this.#known.size === 0) return base.file(name);
        if (name === 'openapi/v2.json' || name === 'openapi/v2.pb') return fileV2(name);
        for (const remote of this.#services.remotes()) {
          const hash = fileOf(remote) === name ? this.#known.get(remote.name)?.hash : undefined;
          if (hash !== undefined) return this.#fileV3(remote, hash);
        }
        return base.file(name);
      },
      hashes: () => (this.#known.size === 0 ? base.hashes() : { ...base.hashes(), ...this.#hashes() }),
    };
  }
}

/** What our encoder cannot write of a foreign document is left out of the binary form. */
function encoded({ paths, definitions }: Addition): Uint8Array {
  try {
    return encodeV2({ paths, definitions, parameters: {} } as unknown as DocumentV2);
  } catch {
    return new Uint8Array(0);
  }
}

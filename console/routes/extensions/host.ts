/** What extensions bring to this tab: scripts are loaded as the platform names them, and forgotten when it does not any more. */
import type { ExtensionBundle, ExtensionsOffer } from '@orrery/platform-contract/features';
import { navigationOf, readScript, type ExtensionPage, type ExtensionParts } from './read.ts';

export interface Trouble {
  readonly extension: string;
  readonly message: string;
}

export interface Extensions {
  readonly pages: readonly ExtensionPage[];
  readonly scripts: readonly ExtensionParts[];
  /** What could not be loaded, or not be shown. */
  readonly troubles: readonly Trouble[];
  /** Whether everything that the platform named was tried: before, a page that is missing may still come. */
  readonly settled: boolean;
}

export interface ExtensionHost {
  /** What there is now; given again whenever it changes. */
  follow(offer: ExtensionsOffer): void;
  current(): Extensions;
  onChange(listener: () => void): () => void;
}

export interface HostOptions {
  /** Paths of the console's own pages. */
  readonly own: ReadonlySet<string>;
  /** Runs a script; resolves with its module. */
  readonly load: (bundle: ExtensionBundle) => Promise<unknown>;
  /** A script that is not wanted any more. */
  readonly forget?: (bundle: ExtensionBundle) => void;
}

type Loaded = { readonly parts: ExtensionParts } | { readonly problem: string };

interface Known {
  readonly bundle: ExtensionBundle;
  loaded?: Loaded;
}

export function createExtensionHost({ own, load, forget = () => {} }: HostOptions): ExtensionHost {
  const known = new Map<string, Known>();
  const listeners = new Set<() => void>();
  let offer: ExtensionsOffer = { bundles: [], entries: [] };
  let current: Extensions = { pages: [], scripts: [], troubles: [], settled: false };
  const tell = () => {
    current = extensionsOf(offer, known, own);
    for (const listener of listeners) listener();
  };
  const begin = (key: string, entry: Known) =>
    void load(entry.bundle)
      .then((module): Loaded => ({ parts: readScript(entry.bundle.extension, module) }))
      .catch((error: unknown): Loaded => ({ problem: sentenceOf(error) }))
      .then(loaded => {
        entry.loaded = loaded;
        if (known.get(key) === entry) tell();
      });
  return {
    follow(next) {
      offer = next;
      const wanted = new Map(next.bundles.map(bundle => [keyOf(bundle), bundle]));
      for (const [key, { bundle }] of known)
        if (!wanted.has(key)) {
          known.delete(key);
          forget(bundle);
        }
      for (const [key, bundle] of wanted)
        if (!known.has(key)) {
          known.set(key, { bundle });
          begin(key, known.get(key)!);
        }
      tell();
    },
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Another text is another script. */
const keyOf = ({ name, link, hash }: ExtensionBundle): string => `${name} ${link} ${hash}`;

function extensionsOf(offer: ExtensionsOffer, known: ReadonlyMap<string, Known>, own: ReadonlySet<string>): Extensions {
  const all = offer.bundles.flatMap(bundle => known.get(keyOf(bundle)) ?? []);
  const scripts = all.flatMap(({ loaded }) => (loaded && 'parts' in loaded ? [loaded.parts] : []));
  const { pages, problems } = navigationOf(scripts, offer.entries, own);
  const failed = all.flatMap(({ bundle, loaded }): Trouble[] =>
    loaded && 'problem' in loaded ? [{ extension: bundle.extension, message: loaded.problem }] : [],
  );
  return {
    pages,
    scripts,
    troubles: [...failed, ...problems],
    settled: all.every(({ loaded }) => loaded !== undefined),
  };
}

/** Scripts of KubeSphere 4.x call for what its console has; a module of JavaScript is what this one loads. */
const sentenceOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return /\bSystem is not defined/.test(message)
    ? 'its script is in the format of SystemJS, and this console loads ES modules'
    : message;
};

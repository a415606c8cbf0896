/** What extensions bring to the console: scripts and entries of its navigation. */
import type { ExtensionBundle, ExtensionNavigation, ExtensionsOffer } from '@orrery/platform-contract/features';
import { platformResources, type ExtensionEntry, type JSBundle } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { availableBundles, isOwnLink, linkOf } from './bundles.ts';
import type { Contents } from './content.ts';
import { byAge, extensionOf, isAvailable } from './states.ts';

/** A script that cannot be read now is left out: the others are there all the same. */
export async function offerOf({ informers, log }: PlatformContext, contents: Contents): Promise<ExtensionsOffer> {
  const bundles = informers.of<JSBundle>(platformResources.jsbundles);
  const entries = informers.of<ExtensionEntry>(platformResources.extensionentries);
  await Promise.all([bundles.synced, entries.synced]);
  const read = await Promise.all(
    availableBundles(bundles.list()).map(async (bundle): Promise<ExtensionBundle[]> => {
      try {
        return [bundleOf(bundle, (await contents.script(bundle)).hash)];
      } catch (error) {
        log.warn('the script of an extension cannot be read', { bundle: bundle.metadata.name, error });
        return [];
      }
    }),
  );
  return { bundles: read.flat(), entries: navigationOf(entries.list()) };
}

function bundleOf(bundle: JSBundle, hash: string): ExtensionBundle {
  const style = bundle.spec.assets?.style?.link;
  return {
    name: bundle.metadata.name!,
    extension: extensionOf(bundle),
    link: linkOf(bundle),
    hash,
    ...(style !== undefined && isOwnLink(bundle, style) && { style }),
  };
}

/** Of two entries with one name the older one stands. Links that lead away from here are left out. */
export function navigationOf(entries: readonly ExtensionEntry[]): ExtensionNavigation[] {
  const found = new Map<string, ExtensionNavigation>();
  for (const entry of entries.filter(isAvailable).toSorted(byAge))
    for (const item of entry.spec.entries ?? []) {
      if (found.has(item.name)) continue;
      found.set(item.name, { ...withoutForeign(item), extension: extensionOf(entry) } as ExtensionNavigation);
    }
  return [...found.values()];
}

const isHere = (link: unknown): boolean => typeof link === 'string' && /^\/?(?![/\\])[^\\:]*$/.test(link);

function withoutForeign({ link, ...item }: { name: string; link?: unknown }): { name: string } {
  return { ...item, ...(isHere(link) && { link }) };
}

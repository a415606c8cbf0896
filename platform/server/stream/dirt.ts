/** From changes in caches to whoever's answer they may change. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Change, InformerFactory } from '@orrery/reconciler';
import type { Source } from '../feature.ts';

export interface Dirt {
  /** Calls `mark` after each change of what `sources` name, until the returned function is called. */
  follow(sources: readonly Source[], mark: () => void): () => void;
  /** Caches that are listened to. */
  readonly size: number;
}

interface Listened {
  readonly followers: Map<object, { source: Source; mark: () => void }>;
  readonly stop: () => void;
}

/** One handler per cache, however many follow it; none where nobody does. */
export function createDirt(informers: InformerFactory): Dirt {
  const listened = new Map<string, Listened>();
  const listen = (key: string, { resource, filter }: Source): Listened => {
    const followers: Listened['followers'] = new Map();
    // Objects that are there already are told first: nobody asked for those.
    let started = false;
    const stop = informers.of(resource, filter).onChange(change => {
      if (!started) return;
      for (const { source, mark } of followers.values()) if (concerns(source, change)) mark();
    });
    started = true;
    const entry = { followers, stop };
    listened.set(key, entry);
    return entry;
  };
  const followOne = (source: Source, mark: () => void): (() => void) => {
    const key = keyOfSource(source);
    const entry = listened.get(key) ?? listen(key, source);
    const follower = {};
    entry.followers.set(follower, { source, mark });
    return () => {
      entry.followers.delete(follower);
      if (entry.followers.size > 0 || listened.get(key) !== entry) return;
      entry.stop();
      listened.delete(key);
    };
  };
  return {
    follow(sources, mark) {
      const stops = sources.map(source => followOne(source, mark));
      return () => stops.forEach(stop => stop());
    },
    get size() {
      return listened.size;
    },
  };
}

const keyOfSource = ({ resource: { group, version, resource }, filter = {} }: Source): string =>
  [group, version, resource, filter.namespace, filter.labelSelector, filter.fieldSelector].join('\n');

function concerns({ namespace, name }: Source, { before, after }: Change<KubeObject>): boolean {
  const { metadata } = (after ?? before)!;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return name === undefined || metadata.name === name;
}

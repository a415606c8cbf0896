/** A feature as data: what it adds to the platform, and what disappears when it is switched off. */
import type { AnyRoute } from './route.ts';

/** A place in the console. Texts are keys of the console's message catalogue. */
export interface Menu {
  readonly path: string;
  readonly title: string;
  readonly scope: 'platform' | 'workspace' | 'project' | 'devops' | 'cluster';
  /** The route whose permission decides whether the entry is usable. */
  readonly route: string;
}

export interface FeatureManifest {
  readonly name: string;
  readonly summary: string;
  readonly routes: Readonly<Record<string, AnyRoute>>;
  /** Plural names with group of the custom resources it brings, e.g. `users.iam.kubesphere.io`. */
  readonly kinds: readonly string[];
  readonly menus: readonly Menu[];
  /** Features that must be on for this one. */
  readonly needs: readonly string[];
  /** Nothing works without it: it cannot be switched off. */
  readonly always?: true;
}

/**
 * The manifests that are on, in their order.
 * @throws Error that names the feature when one is switched off that cannot be, is unknown, or is needed by another.
 */
export function enabledFeatures<M extends FeatureManifest>(manifests: readonly M[], off: readonly string[] = []): M[] {
  const known = new Map(manifests.map(manifest => [manifest.name, manifest]));
  for (const name of off) {
    const manifest = known.get(name);
    if (!manifest) throw new Error(`there is no feature "${name}": choose from ${[...known.keys()].join(', ')}`);
    if (manifest.always) throw new Error(`the feature "${name}" cannot be switched off`);
  }
  const on = manifests.filter(({ name }) => !off.includes(name));
  for (const { name, needs } of on) {
    const missing = needs.find(need => !on.some(other => other.name === need));
    if (missing) throw new Error(`the feature "${name}" needs "${missing}": switch both off, or neither`);
  }
  return on;
}

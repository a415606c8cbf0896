/** Features that are on, and yet switched off while the platform runs: their menus are gone and their routes say why. */
import { StatusError } from '@orrery/machinery/status';
import type { FeatureManifest } from '@orrery/platform-contract';

export interface Switches {
  /** Whether the feature is there for its users. */
  isOn(feature: string): boolean;
  /** @throws StatusError 404 with what is to be done. */
  require(feature: string): void;
  /** The names that are off from now on, each with where that is said. Those that need them are off with them; what cannot be off stays on. */
  set(off: ReadonlyMap<string, string>): void;
}

export function createSwitches(manifests: readonly FeatureManifest[]): Switches {
  let off: ReadonlyMap<string, string> = new Map();
  return {
    isOn: feature => !off.has(feature),
    require(feature) {
      const where = off.get(feature);
      if (where !== undefined) throw new StatusError(404, 'NotFound', `the component "${feature}" is off: ${where}`);
    },
    set: wanted => void (off = withDependents(manifests, wanted)),
  };
}

/** Features are listed after those that they need. */
function withDependents(
  manifests: readonly FeatureManifest[],
  wanted: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const off = new Map([...wanted].filter(([name]) => manifests.some(known => known.name === name && !known.always)));
  for (let size = -1; size !== off.size;) {
    size = off.size;
    for (const { name, needs } of manifests) {
      const needed = needs.find(need => off.has(need));
      if (needed !== undefined && !off.has(name)) off.set(name, `it needs "${needed}", and ${off.get(needed)}`);
    }
  }
  return off;
}

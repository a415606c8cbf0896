/** Components on and off while the platform runs: what `ks-installer` says, KubeSphere 3.x's way. */
import { orUndefined } from '@orrery/machinery/status';
import { platformResources, systemNamespace, type ClusterConfiguration } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import { sameJson } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { components, type Component } from './components.data.ts';

export const configurationName = 'ks-installer';
const resource = platformResources.clusterconfigurations;
const key = `${systemNamespace}/${configurationName}`;

/** What is said of a component; undefined when nothing is. */
export function wantedOf(spec: unknown, path: readonly string[]): boolean | undefined {
  let at: unknown = spec;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === 'boolean' ? at : undefined;
}

export interface ComponentState {
  readonly name: string;
  readonly enabled: boolean;
  /** Its routes answer. */
  readonly ready: boolean;
  readonly message?: string;
}

type Here = Pick<PlatformContext, 'features' | 'switches'>;

/** Of each component that this platform knows. */
export const statesOf = ({ features, switches }: Here, spec: unknown): ComponentState[] =>
  components.flatMap((component): ComponentState[] => {
    const wanted = wantedOf(spec, component.path);
    const isHere = features.some(({ name }) => name === component.feature);
    if (!isHere && wanted !== true) return [];
    const ready = isHere && switches.isOn(component.feature);
    const message = isHere ? undefined : 'this platform was started without it, or does not have it';
    return [{ name: component.key, enabled: wanted ?? ready, ready, ...(message && { message }) }];
  });

const howTo = ({ path }: Component): string =>
  `set spec.${path.join('.')} of the ClusterConfiguration ${configurationName} in ${systemNamespace}`;

/** Every replica follows the configuration for itself. What it does not speak of is on. */
export function followComponents({ informers, switches }: PlatformContext): () => unknown {
  const configurations = informers.of<ClusterConfiguration>(resource);
  const spec = () => configurations.get(key)?.spec;
  configurations.onChange(() => {
    const off = components.filter(({ path }) => wantedOf(spec(), path) === false);
    switches.set(new Map(off.map(component => [component.feature, howTo(component)])));
  });
  return spec;
}

/** Tells in the status which components are on, since when; other keys of it are others'. */
export function tellComponents(context: PlatformContext): ControllerOptions {
  const { client, informers, clock } = context;
  const configurations = informers.of<ClusterConfiguration>(resource);
  return {
    name: 'platform-components',
    sources: [watchOf(configurations)],
    async reconcile(name) {
      if (name !== key) return;
      const found = await orUndefined(
        client.get<ClusterConfiguration>(resource, configurationName, { namespace: systemNamespace }),
      );
      if (!found) return;
      const status = found.status ?? {};
      const told = statusOf(statesOf(context, found.spec), status, new Date(clock.now()).toISOString());
      const changed = Object.entries(told).filter(([component, state]) => !sameJson(status[component], state));
      if (changed.length === 0) return;
      await client.patch(
        resource,
        configurationName,
        'merge',
        { status: Object.fromEntries(changed) },
        {
          namespace: systemNamespace,
        },
      );
    },
  };
}

function statusOf(
  states: readonly ComponentState[],
  before: Record<string, unknown>,
  now: string,
): Record<string, object> {
  return Object.fromEntries(
    states.map(({ name, ready, message }) => {
      const status = ready ? 'enabled' : 'disabled';
      const known = before[name] as { status?: string; enabledTime?: string } | undefined;
      const enabledTime = known?.status === status ? known.enabledTime : now;
      return [name, { status, ...(ready && enabledTime && { enabledTime }), ...(message && { message }) }];
    }),
  );
}

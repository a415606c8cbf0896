/** Watches on every resource that garbage may hang on, following discovery as kinds come and go. */
import { resources as knownResources } from '@orrery/client/resources';
import {
  parseApiVersion,
  type GroupVersionResource,
  type KubeObject,
  type OwnerReference,
} from '@orrery/machinery/meta';
import { ownershipOnly, startInformer, type Change, type ComponentContext, type Informer } from '@orrery/reconciler';
import { discover, type ServedResource } from '../common/discovery.ts';

/** Never owned, never owners, and many. */
const ignored = new Set(['/events', 'events.k8s.io/events']);
const patienceMs = 500;
const needed = ['delete', 'list', 'watch'];

export interface ResourceMonitors {
  /** Resolves when all resources found at first have been listed. */
  readonly synced: Promise<void>;
  /** Keeps up with discovery until the context's signal aborts. */
  run(): Promise<void>;
  /** The resource of an owner's kind; undefined when it is not served. */
  resourceOf(owner: Pick<OwnerReference, 'apiVersion' | 'kind'>): ServedResource | undefined;
}

interface Monitor {
  readonly resource: ServedResource;
  readonly informer: Informer;
  /** No longer served, or in another version: what is known of its objects is hearsay from now on. */
  retire(): void;
  end(): void;
}

const keyOfResource = ({ group, resource }: GroupVersionResource): string => `${group}/${resource}`;

export function createResourceMonitors(
  ctx: ComponentContext,
  periodMs: number,
  onChange: (resource: GroupVersionResource, change: Change<KubeObject>) => void,
  onRetire: (object: KubeObject) => void,
): ResourceMonitors {
  const monitors = new Map<string, Monitor>();
  let markSynced = () => {};
  const synced = new Promise<void>(resolve => (markSynced = resolve));

  const start = (resource: ServedResource): Monitor => {
    const controller = new AbortController();
    const signal = AbortSignal.any([ctx.signal, controller.signal]);
    // Others watch these too, and they never go away.
    const informer = isBuiltIn(resource)
      ? ctx.informers.metadata(resource)
      : startInformer(resource, {}, { ...ctx, signal, ...ownershipOnly });
    const remove = informer.onChange(change => onChange(resource, change));
    const end = () => {
      remove();
      controller.abort();
    };
    return {
      resource,
      informer,
      end,
      retire() {
        end();
        for (const object of informer.list()) onRetire(object);
      },
    };
  };
  /** One kind after the other, so that reading all there is keeps nobody else waiting; one that cannot be read holds up none. */
  const listed = async ({ synced }: Informer) => {
    const waiting = new AbortController();
    await Promise.race([synced, ctx.clock.sleep(patienceMs, AbortSignal.any([ctx.signal, waiting.signal]))]);
    waiting.abort();
  };
  const update = async () => {
    const { resources, stale } = await discover(ctx.client, ctx.signal);
    const wanted = resources.filter(
      resource => needed.every(verb => resource.verbs.includes(verb)) && !ignored.has(keyOfResource(resource)),
    );
    for (const resource of wanted) {
      const key = keyOfResource(resource);
      const known = monitors.get(key);
      if (known?.resource.version === resource.version) continue;
      known?.retire();
      const monitor = start(resource);
      monitors.set(key, monitor);
      await listed(monitor.informer);
    }
    const served = new Set(wanted.map(keyOfResource));
    for (const [key, monitor] of monitors) {
      const { group, version } = monitor.resource;
      // A server that does not answer has not taken its kinds away.
      if (served.has(key) || stale.includes(group ? `${group}/${version}` : version)) continue;
      monitor.retire();
      monitors.delete(key);
    }
  };
  return {
    synced,
    async run() {
      while (!ctx.signal.aborted) {
        try {
          await update();
          await Promise.race([
            Promise.all(Array.from(monitors.values(), ({ informer }) => informer.synced)),
            ctx.clock.sleep(periodMs, ctx.signal),
          ]);
          markSynced();
        } catch (error) {
          if (ctx.signal.aborted) break;
          ctx.log.warn('discovery failed, will retry', { error });
          await ctx.clock.sleep(Math.min(periodMs, 1_000), ctx.signal);
          continue;
        }
        await ctx.clock.sleep(periodMs, ctx.signal);
      }
      for (const monitor of monitors.values()) monitor.end();
      markSynced();
    },
    resourceOf({ apiVersion, kind }) {
      const { group } = parseApiVersion(apiVersion);
      return monitors.values().find(({ resource }) => resource.group === group && resource.kind === kind)?.resource;
    },
  };
}

const builtIn = new Set(Object.values(knownResources).map(keyOfResource));
const isBuiltIn = (resource: GroupVersionResource): boolean => builtIn.has(keyOfResource(resource));

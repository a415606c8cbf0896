/** Describing a controller by kinds instead of informers (controller-runtime `builder`). */
import type { KnownResource } from '@orrery/client/resources';
import { keyOf, parseApiVersion, type KubeObject } from '@orrery/machinery/meta';
import { and, type Predicate } from './predicates.ts';
import { ownerKeyOf, watchOf } from './sources.ts';
import type { Change, ComponentContext, ControllerOptions, InformerFilter, Source } from './types.ts';

/** A resource with its kind and scope: from `@orrery/client/resources`, or a literal for a kind of your own. */
export type WatchedResource = KnownResource;

export interface WatchSettings<T extends KubeObject> {
  /** Which changes count; all unless given. */
  readonly when?: Predicate<T>;
  /** Which objects are watched at all; decided by the server. */
  readonly filter?: InformerFilter;
}

export interface OwnsSettings<T extends KubeObject> extends WatchSettings<T> {
  /** Wakes all owners of the kind, not only the controlling one. */
  readonly everyOwner?: boolean;
}

/** Each method returns a new builder; {@link ControllerBuilder.reconcile} makes the controller. */
export interface ControllerBuilder {
  /** Changes of objects owned by the main kind wake their controlling owner, the former one too when they change hands. */
  owns<T extends KubeObject>(resource: WatchedResource, settings?: OwnsSettings<T>): ControllerBuilder;
  /** Changes of other objects wake the keys that `keysOf` names. */
  watches<T extends KubeObject>(
    resource: WatchedResource,
    keysOf: (change: Change<T>) => readonly string[],
    settings?: WatchSettings<T>,
  ): ControllerBuilder;
  /** Any other source: `periodically`, `createTrigger`, `resync`. */
  wokenBy(source: Source): ControllerBuilder;
  /** A predicate for all kinds, besides those of each. */
  when(predicate: Predicate): ControllerBuilder;
  /** How many keys may be worked on at once. */
  concurrency(keys: number): ControllerBuilder;
  reconcile(reconcile: ControllerOptions['reconcile']): ControllerOptions;
}

interface Draft {
  readonly concurrency?: number;
  readonly when: Predicate;
  /** Made last, when the common predicate is known. */
  readonly sources: readonly ((when: Predicate) => Source)[];
}

/** Begins the description of a controller. Informers are asked for only when it is finished. */
export function buildController(context: Pick<ComponentContext, 'informers'>, name: string) {
  const watch =
    <T extends KubeObject>(
      resource: WatchedResource,
      keysOf: (change: Change<T>) => readonly string[],
      { when: own = () => true, filter }: WatchSettings<T> = {},
    ) =>
    (common: Predicate): Source => {
      const passes = and<T>(common, own);
      const informer = context.informers.of<T>(resource, filter);
      return watchOf(informer, change => (passes(change) ? keysOf(change) : []));
    };
  const continued = (main: WatchedResource, draft: Draft): ControllerBuilder => {
    const plus = (source: (when: Predicate) => Source) =>
      continued(main, { ...draft, sources: [...draft.sources, source] });
    return {
      owns: (resource, settings) => plus(watch(resource, ownersOf(main, settings?.everyOwner ?? false), settings)),
      watches: (resource, keysOf, settings) => plus(watch(resource, keysOf, settings)),
      wokenBy: source => plus(() => source),
      when: predicate => continued(main, { ...draft, when: and(draft.when, predicate) }),
      concurrency: keys => continued(main, { ...draft, concurrency: keys }),
      reconcile: reconcile => ({
        name,
        concurrency: draft.concurrency,
        sources: draft.sources.map(source => source(draft.when)),
        reconcile,
      }),
    };
  };
  return {
    /** The kind whose keys are reconciled. */
    for<T extends KubeObject>(resource: WatchedResource, settings?: WatchSettings<T>): ControllerBuilder {
      const itself = watch<T>(resource, ({ before, after }) => [keyOf((after ?? before)!)], settings);
      return continued(resource, { when: () => true, sources: [itself] });
    },
  };
}

const ownersOf = (main: WatchedResource, everyOwner: boolean) => {
  const owner = { group: main.group, kind: main.kind, clusterScoped: !main.namespaced };
  const keysOf = (object: KubeObject | undefined): readonly (string | undefined)[] =>
    everyOwner ? allOwnerKeys(object, main) : [ownerKeyOf(object, owner)];
  return ({ before, after }: Change<KubeObject>): readonly string[] => [
    ...new Set([...keysOf(before), ...keysOf(after)].filter(key => key !== undefined)),
  ];
};

const allOwnerKeys = (object: KubeObject | undefined, main: WatchedResource): string[] =>
  (object?.metadata.ownerReferences ?? [])
    .filter(({ kind, apiVersion }) => kind === main.kind && parseApiVersion(apiVersion).group === main.group)
    .map(({ name }) => (main.namespaced ? `${object!.metadata.namespace}/${name}` : name));

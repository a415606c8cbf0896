/**
 * Keeps what the server serves in step with the definitions in the store: accepts names, establishes, publishes, and cleans up behind
 * definitions that go. Every server over one store runs it; status writes are compared with what they read, so the same outcome
 * is reached whoever writes first.
 */
import { isDeepStrictEqual } from 'node:util';
import { catalogue } from '@orrery/kinds';
import type { CustomResourceDefinition, CustomResourceDefinitionNames as Names } from '@orrery/kinds/types';
import type { Timer } from '@orrery/machinery/clock';
import { isReason } from '@orrery/machinery/status';
import type { Machine } from '../registry/machine.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import { update } from '../registry/update.ts';
import type { StoredChange } from '../types.ts';
import { ownRequest, removeInstances } from './cleanup.ts';
import { cleanupFinalizer, conditionOf, isTrue, statusFor, takenNames } from './names.ts';
import { resourcesOf } from './resource.ts';
import { rewriteStale } from './rewrite.ts';
import { structuralProblems } from './structure-rules.ts';

/** How long a new definition waits for its first status, in milliseconds: whoever made it reads it as it was answered. */
const namingMs = 20;

const place = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };

/** What is served of one definition. */
interface Served {
  readonly source: unknown;
  readonly infos: readonly ResourceInfo[];
}

export class Definitions {
  readonly #machine: Machine;
  readonly #resources: Resources;
  readonly #known = new Map<string, CustomResourceDefinition>();
  readonly #served = new Map<string, Served>();
  /** Definitions whose instances are being removed, with what ends that. */
  readonly #ending = new Map<string, AbortController>();
  /** Records that are written anew, with what ends that. */
  readonly #renewing = new Map<string, AbortController>();
  /** New definitions whose names are not weighed yet, with the alarm of that. */
  readonly #naming = new Map<string, Timer>();
  /** Definitions that somebody deletes just now: their status stays as it is. */
  readonly #held = new Set<string>();
  #stop: (() => void) | undefined;
  #closed = false;

  constructor(machine: Machine, resources: Resources) {
    this.#machine = machine;
    this.#resources = resources;
  }

  /** Resolves when everything that is established is served. */
  async start(): Promise<void> {
    const info = this.#resources.get(place.group, 'v1', place.resource)!;
    this.#resources.set({ ...info, aroundDelete: (name, run) => this.#whileDeleted(name, run) });
    this.#stop = await this.#machine.reads.subscribe(place, change => this.#take(change));
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    for (const alarm of this.#naming.values()) alarm.cancel();
    for (const work of [...this.#ending.values(), ...this.#renewing.values()]) work.abort();
  }

  #take(change: StoredChange): void {
    const { name } = change;
    if (this.#closed) return;
    try {
      if (change.type === 'delete') this.#forget(name);
      else {
        const definition = change.object() as CustomResourceDefinition;
        this.#known.set(name, definition);
        this.#publish(name, definition);
        this.#advance(name, definition);
      }
      this.#reviewNeighbours(name, change.object() as CustomResourceDefinition);
    } catch (error) {
      this.#machine.log.error('a custom resource definition cannot be served', { name, error });
    }
  }

  /** Names that were given up may be wanted by others of the group. */
  #reviewNeighbours(name: string, { spec }: CustomResourceDefinition): void {
    for (const [other, definition] of this.#known)
      if (other !== name && definition.spec.group === spec.group && !isTrue(definition.status, 'NamesAccepted'))
        this.#advance(other, definition);
  }

  #forget(name: string): void {
    this.#known.delete(name);
    this.#settle(name);
    this.#ending.get(name)?.abort();
    this.#ending.delete(name);
    this.#renewing.get(name)?.abort();
    this.#renewing.delete(name);
    this.#withdraw(name);
  }

  #withdraw(name: string): void {
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    for (const info of served.infos) this.#resources.remove(info.group, info.version, info.resource);
    this.#machine.hubs.drop(served.infos[0]!.storage);
  }

  /** Serves an established definition as it now is. */
  #publish(name: string, definition: CustomResourceDefinition): void {
    const { spec, status } = definition;
    if (!isTrue(status, 'Established') || isBuiltIn(spec)) return;
    const isEnding = isTrue(status, 'Terminating');
    const source = { spec, names: status?.acceptedNames, isEnding };
    const before = this.#served.get(name);
    if (before && isDeepStrictEqual(before.source, source)) return;
    const infos = resourcesOf(definition, isEnding, this.#machine);
    const kept = new Set(infos.map(info => info.version));
    for (const info of before?.infos ?? [])
      if (!kept.has(info.version)) this.#resources.remove(info.group, info.version, info.resource);
    for (const info of infos) this.#resources.set(info);
    if (infos.length > 0) this.#served.set(name, { source, infos });
    else this.#served.delete(name);
    this.#renewHeads(name, definition, before);
    // Watchers hold the old form; that the definition is ending changes nothing for them.
    if (before && !isDeepStrictEqual({ ...(before.source as object), isEnding }, source))
      this.#machine.hubs.drop(before.infos[0]!.storage);
  }

  /** Old records are found by fields that can be selected by only now. */
  #renewHeads(name: string, { spec }: CustomResourceDefinition, before: Served | undefined): void {
    const fields = fieldsOf(spec);
    if (fields.length === 0) return;
    const old = (before?.source as { spec: CustomResourceDefinition['spec'] } | undefined)?.spec;
    if (old && isDeepStrictEqual(fieldsOf(old), fields)) return;
    this.#renewing.get(name)?.abort();
    const abort = new AbortController();
    this.#renewing.set(name, abort);
    const stored = spec.versions.find(version => version.storage)?.name ?? '';
    const info = this.#resources.get(spec.group, stored, spec.names.plural);
    if (info === undefined) return;
    rewriteStale(this.#machine, info, abort.signal).catch((error: unknown) => {
      if (!this.#closed) this.#machine.log.error('records of a custom resource cannot be renewed', { name, error });
    });
  }

  /** Writes the status that is due, or removes the instances of what is ending. */
  #advance(name: string, definition: CustomResourceDefinition): void {
    const { deletionTimestamp, finalizers } = definition.metadata;
    if (deletionTimestamp !== undefined) {
      if (finalizers?.includes(cleanupFinalizer)) this.#end(name, definition);
      return;
    }
    if (this.#held.has(name) || isDeepStrictEqual(this.#statusFor(definition), definition.status)) return;
    if (!isNamed(definition)) return this.#nameLater(name);
    this.#write(name, true).catch((error: unknown) => this.#failed(name, error));
  }

  #nameLater(name: string): void {
    if (this.#naming.has(name)) return;
    const alarm = this.#machine.clock.after(namingMs, () => {
      this.#naming.delete(name);
      if (!this.#closed && !this.#held.has(name))
        this.#write(name, false).catch((error: unknown) => this.#failed(name, error));
    });
    this.#naming.set(name, alarm);
  }

  #settle(name: string): void {
    this.#naming.get(name)?.cancel();
    this.#naming.delete(name);
  }

  #failed(name: string, error: unknown): void {
    if (this.#closed || isReason(error, 'NotFound')) return;
    this.#machine.log.error('the status of a custom resource definition cannot be written', { name, error });
  }

  /** A definition is named before it is deleted, and is not established meanwhile: both would be told in any order otherwise. */
  async #whileDeleted<T>(name: string, run: () => Promise<T>): Promise<T> {
    const known = this.#known.get(name);
    if (isTrue(known?.status, 'Established') || this.#held.has(name)) return run();
    this.#held.add(name);
    this.#settle(name);
    try {
      await this.#write(name, false).catch((error: unknown) => this.#failed(name, error));
      return await run();
    } finally {
      this.#held.delete(name);
      const now = this.#known.get(name);
      if (now && !this.#closed) this.#advance(name, now);
    }
  }

  /** Writes the status that is due, of named definitions only or of those that are not. */
  async #write(name: string, named: boolean): Promise<void> {
    await update(
      this.#machine,
      {
        info: this.#resources.get(place.group, 'v1', place.resource)!,
        namespace: '',
        name,
        subresource: 'status',
        part: { prepareForUpdate: object => object },
        internal: true,
        tracked: true,
        apply: current => {
          const object = structuredClone(current) as CustomResourceDefinition;
          const isDue = object.metadata.deletionTimestamp === undefined && isNamed(object) === named;
          if (isDue) object.status = this.#statusFor(object);
          return object;
        },
      },
      ownRequest,
    );
  }

  #statusFor(definition: CustomResourceDefinition): CustomResourceDefinition['status'] {
    const { group } = definition.spec;
    const holders: Names[] = [...builtInNames(group)];
    for (const [other, { spec, status }] of this.#known)
      if (other !== definition.metadata.name && spec.group === group && status?.acceptedNames)
        holders.push(status.acceptedNames);
    // Schemas were judged when they were written: this is for those that came with a store.
    const problems = isTrue(definition.status, 'Established') ? undefined : structuralProblems(definition);
    return statusFor(definition, takenNames(holders), problems, this.#machine.clock.now());
  }

  #end(name: string, definition: CustomResourceDefinition): void {
    if (this.#ending.has(name)) return;
    const abort = new AbortController();
    this.#ending.set(name, abort);
    const info = storedOf(definition, resourcesOf(asServed(definition), true, this.#machine));
    const removed = removeInstances({
      machine: this.#machine,
      definitions: this.#resources.get(place.group, 'v1', place.resource)!,
      // What is built in under these names is not ours to remove.
      instances: isBuiltIn(definition.spec) ? undefined : info,
      name,
      signal: abort.signal,
    });
    removed.catch((error: unknown) => {
      this.#ending.delete(name);
      if (this.#closed) return;
      this.#machine.log.error('the instances of a custom resource definition cannot be removed', { name, error });
    });
  }
}

/** Whether its names were weighed once. */
const isNamed = ({ status }: CustomResourceDefinition): boolean => conditionOf(status, 'NamesAccepted') !== undefined;

const fieldsOf = ({ versions }: CustomResourceDefinition['spec']): string[] =>
  versions.flatMap(({ name, selectableFields }) =>
    (selectableFields ?? []).map(({ jsonPath }) => `${name} ${jsonPath}`),
  );

/** A definition as if all its versions were served: only for finding what it stored. */
const asServed = (definition: CustomResourceDefinition): CustomResourceDefinition => {
  const versions = definition.spec.versions.map(version => ({ ...version, served: true }));
  return { ...definition, spec: { ...definition.spec, versions } };
};

/** Instances are removed in the version that is stored: their end must not wait for a conversion webhook. */
const storedOf = ({ spec }: CustomResourceDefinition, infos: readonly ResourceInfo[]): ResourceInfo => {
  const stored = spec.versions.find(version => version.storage)?.name;
  return infos.find(info => info.version === stored) ?? infos[0]!;
};

const isBuiltIn = ({ group, names }: CustomResourceDefinition['spec']): boolean =>
  catalogue.kinds.some(kind => kind.group === group && kind.plural === names.plural);

const builtInNames = (group: string): Names[] =>
  catalogue.kinds
    .filter(kind => kind.group === group)
    .map(({ plural, singular, shortNames, kind }) => ({
      plural,
      singular,
      ...(shortNames && { shortNames: [...shortNames] }),
      kind,
      listKind: `${kind}List`,
    }));

/** The APIServices that are stored: which group versions other servers answer, and in which order all of them are shown. */
import type { APIService } from '@orrery/kinds/types';
import { localApiServices } from '../authorization/api-services.data.ts';
import type { Reader } from '../types.ts';

export const apiServices = { group: 'apiregistration.k8s.io', resource: 'apiservices' };

/** A group version that another server answers. */
export interface Remote {
  /** Of the APIService: `v1.example.com`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** PEM. */
  readonly authority?: string;
  readonly insecure: boolean;
  /** As the stored condition says. */
  readonly isAvailable: boolean;
}

export interface Priority {
  readonly group: number;
  readonly version: number;
}

/** Of every group version of custom resources (`crdregistration`). */
export const customPriority: Priority = { group: 1000, version: 100 };
/** Above everything that can be registered. */
const registrationPriority: Priority = { group: 20_001, version: 0 };

const builtIn = new Map(
  localApiServices.map(([group, version, ofGroup, ofVersion]) => [
    `${version}.${group}`,
    { group: ofGroup, version: ofVersion },
  ]),
);

/** These are never another server's: the table itself, and core, in which everything a server needs is kept. */
const isOwn = (group: string): boolean => group === '' || group === apiServices.group;

export function remoteOf({ metadata, spec, status }: APIService): Remote | undefined {
  const { service, group = '', version = '' } = spec;
  if (!service || isOwn(group)) return undefined;
  const { namespace = '', name = '', port = 443 } = service;
  const authority = spec.caBundle ? Buffer.from(spec.caBundle, 'base64').toString('utf8') : undefined;
  return {
    name: metadata.name!,
    ...{ group, version, service: { namespace, name, port } },
    ...(authority !== undefined && { authority }),
    insecure: spec.insecureSkipTLSVerify === true,
    isAvailable: status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True') ?? false,
  };
}

/** Called with the name of an APIService that was written or deleted. */
export type ServiceListener = (name: string, service: APIService | undefined) => void;

export class ApiServices {
  readonly #stored = new Map<string, APIService>();
  readonly #remotes = new Map<string, Remote>();
  readonly #listeners: ServiceListener[] = [];
  #revision = 0;

  /** Increases with every change. */
  get revision(): number {
    return this.#revision;
  }

  get stored(): ReadonlyMap<string, APIService> {
    return this.#stored;
  }

  /** Resolves when what is stored is known. Call the result to stop. */
  start(reads: Reader): Promise<() => void> {
    return reads.subscribe(apiServices, change =>
      this.take(change.name, change.type === 'put' ? (change.object() as APIService) : undefined),
    );
  }

  take(name: string, service: APIService | undefined): void {
    this.#revision++;
    const remote = service && remoteOf(service);
    if (service) this.#stored.set(name, service);
    else this.#stored.delete(name);
    if (remote) this.#remotes.set(name, remote);
    else this.#remotes.delete(name);
    for (const listener of this.#listeners) listener(name, service);
  }

  onChange(listener: ServiceListener): void {
    this.#listeners.push(listener);
  }

  remotes(): Iterable<Remote> {
    return this.#remotes.values();
  }

  remote(name: string): Remote | undefined {
    return this.#remotes.get(name);
  }

  /** What the APIService says; without one what it would say at first. */
  priorityOf(group: string, version: string): Priority {
    if (group === apiServices.group) return registrationPriority;
    const name = `${version}.${group}`;
    const spec = this.#stored.get(name)?.spec;
    if (spec) return { group: spec.groupPriorityMinimum, version: spec.versionPriority };
    return builtIn.get(name) ?? customPriority;
  }
}

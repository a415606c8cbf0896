/** The table of served resources. Custom resources come and go at run time. */
import type { GroupResource } from '../types.ts';
import type { ResourceInfo } from './resource.ts';

export interface GroupVersions {
  readonly group: string;
  /** Best first. */
  readonly versions: readonly string[];
}

export class Resources {
  readonly #byPath = new Map<string, ResourceInfo>();
  readonly #listeners: (() => void)[] = [];
  #revision = 0;

  /** Increases with every change: what is built from the table is built anew. */
  get revision(): number {
    return this.#revision;
  }

  set(info: ResourceInfo): void {
    this.#byPath.set(`${info.group}/${info.version}/${info.resource}`, info);
    this.#changed();
  }

  remove(group: string, version: string, resource: string): void {
    if (this.#byPath.delete(`${group}/${version}/${resource}`)) this.#changed();
  }

  /** Called after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #changed(): void {
    this.#revision++;
    for (const listener of this.#listeners) listener();
  }

  get(group: string, version: string, resource: string): ResourceInfo | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  /** Any version of a resource: where it is stored. */
  anyVersion({ group, resource }: GroupResource): ResourceInfo | undefined {
    for (const info of this.#byPath.values()) if (info.group === group && info.resource === resource) return info;
    return undefined;
  }

  /** Whether kinds of a group are part of the program; custom resources may stand beside them. */
  isBuiltIn(group: string): boolean {
    for (const info of this.#byPath.values()) if (info.group === group && !info.typedItems) return true;
    return false;
  }

  all(): IterableIterator<ResourceInfo> {
    return this.#byPath.values();
  }
}

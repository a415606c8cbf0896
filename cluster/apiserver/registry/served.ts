/** The table of resources as admission sees it (apiserver `admission.ObjectInterfaces`, `runtime.EquivalentResourceMapper`). */
import { layOver } from '@orrery/machinery/managedfields';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { internalError } from '@orrery/machinery/status';
import type { AdmissionKind, AdmissionResource, Served, ServedResource } from '../types.ts';
import { bodyInfo } from '../serve/kinds.ts';
import type { KindRules, ResourceInfo } from './resource.ts';
import type { Resources } from './resources.ts';

const kindOf = (info: ResourceInfo, subresource: string): AdmissionKind | undefined => {
  if (subresource === '') return { group: info.group, version: info.version, kind: info.kind };
  return info.subresources.find(({ name }) => name === subresource)?.kind;
};

const asServed = (info: ResourceInfo, kind: AdmissionKind): ServedResource => ({
  resource: { group: info.group, version: info.version, resource: info.resource },
  kind,
  namespaced: info.namespaced,
});

export function servedOf(resources: Resources): Served {
  const infoOf = ({ group, version, resource }: AdmissionResource): ResourceInfo | undefined =>
    resources.get(group, version, resource);
  /** Undefined for objects of subresources (a Scale, a Binding): they have one form. */
  const ownOf = ({ resource, kind }: Pick<ServedResource, 'resource' | 'kind'>): ResourceInfo | undefined => {
    const info = infoOf(resource);
    return info?.kind === kind.kind ? info : undefined;
  };
  const rulesOf = ({ resource, kind }: Pick<ServedResource, 'resource' | 'kind'>): KindRules => {
    const info = infoOf(resource);
    if (info === undefined)
      throw internalError(`${resource.resource} of ${apiVersionOf(resource)} is not served any more`);
    return info.kind === kind.kind ? info.rules : bodyInfo(info, kind).rules;
  };
  return {
    equivalents(resource, subresource) {
      const { storage } = infoOf(resource) ?? {};
      const found: ServedResource[] = [];
      for (const info of resources.all()) {
        if (info.storage.group !== storage?.group || info.storage.resource !== storage.resource) continue;
        const kind = kindOf(info, subresource);
        if (kind) found.push(asServed(info, kind));
      }
      return found;
    },
    byKind({ group, version, kind }) {
      for (const info of resources.all())
        if (info.kind === kind && info.group === group && info.version === version)
          return asServed(info, { group, version, kind });
      return undefined;
    },
    async show(object, own, form) {
      const to = ownOf(form);
      if (to?.converter) return typed(form.kind, await to.converter.from(object, own.resource.version));
      return typed(form.kind, to?.conversion ? to.conversion.fromStored(cloneJson(object)) : object);
    },
    async take(shown, own, form) {
      const { decode, setDefaults } = rulesOf(form);
      const { value, error } = decode(shown);
      if (error !== undefined) throw internalError(error);
      const object = value as KubeObject;
      object.metadata ??= {};
      setDefaults(object);
      const from = ownOf(form);
      if (from?.conversion) return from.conversion.toStored(object);
      return (await ownOf(own)?.converter?.from(object, form.resource.version)) ?? object;
    },
    lay(shown, configuration, form) {
      const { schema } = rulesOf(form);
      if (!schema) throw internalError(`the schema of ${form.kind.kind} is not known`);
      return layOver(schema, shown, configuration) as KubeObject;
    },
  };
}

function typed(of: AdmissionKind, { kind: _kind, apiVersion: _version, ...rest }: KubeObject): KubeObject {
  return { apiVersion: apiVersionOf(of), kind: of.kind, ...rest };
}

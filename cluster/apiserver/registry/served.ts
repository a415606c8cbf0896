/** The table of resources as admission sees it (apiserver `admission.ObjectInterfaces`, `runtime.EquivalentResourceMapper`). */
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { AdmissionKind, AdmissionResource, Served, ServedResource } from '../types.ts';
import type { Conversion, ResourceInfo } from './resource.ts';
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
  /** Objects of subresources (a Scale, a Binding) have one form. */
  const conversionOf = ({ resource, kind }: Pick<ServedResource, 'resource' | 'kind'>): Conversion | undefined => {
    const info = infoOf(resource);
    return info?.kind === kind.kind ? info.conversion : undefined;
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
    async show(object, _own, form) {
      const conversion = conversionOf(form);
      return typed(form.kind, conversion ? conversion.fromStored(cloneJson(object)) : object);
    },
  };
}

function typed(of: AdmissionKind, { kind: _kind, apiVersion: _version, ...rest }: KubeObject): KubeObject {
  return { apiVersion: apiVersionOf(of), kind: of.kind, ...rest };
}

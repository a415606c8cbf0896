/** Request targets of the Kubernetes API: resource, namespace, name, subresource and query to `/apis/...?...`. */
import type { GroupVersionResource } from '@orrery/machinery/meta';

export interface Place {
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** Query values; undefined, false and empty ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** E.g. `/apis/apps/v1/namespaces/default/deployments/web/scale`. Every part is escaped; a subresource may have several segments. */
export function pathOf(resource: GroupVersionResource, place: Place = {}): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = place.namespace ? `/namespaces/${encodeURIComponent(place.namespace)}` : '';
  const name = place.name ? `/${encodeURIComponent(place.name)}` : '';
  return `${root}${scope}/${resource.resource}${name}${place.subresource ? `/${place.subresource}` : ''}`;
}

/** `path?query`, or the path alone when no value is set. */
export function withQuery(path: string, query: Query): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== false && value !== '')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** Endpoint slices: labels count as content, and the topology of the version before is dropped. */
import { isDeepStrictEqual } from 'node:util';
import type { EndpointSlice } from '@orrery/kinds/types';
import type { Strategy } from '../types.ts';
import { counted } from './generic.ts';

const host = 'kubernetes.io/hostname';

/** The host a stored slice named in its topology stays the node of the endpoint. */
function dropTopology(slice: EndpointSlice, old?: EndpointSlice): void {
  if (old && isDeepStrictEqual(slice.endpoints, old.endpoints)) return;
  const known = new Set(old?.endpoints?.map(endpoint => endpoint.deprecatedTopology?.[host]));
  for (const endpoint of slice.endpoints ?? []) {
    const named = endpoint.deprecatedTopology?.[host];
    if (named && !endpoint.nodeName && known.has(named)) endpoint.nodeName = named;
    delete endpoint.deprecatedTopology;
  }
}

export const endpointSliceStrategy: Strategy = {
  prepareForCreate(object, context) {
    dropTopology(object as unknown as EndpointSlice);
    return counted.prepareForCreate!(object, context);
  },
  prepareForUpdate(object, old, context) {
    dropTopology(object as unknown as EndpointSlice, old as unknown as EndpointSlice);
    counted.prepareForUpdate!(object, old, context);
    const same = isDeepStrictEqual(object.metadata.labels ?? {}, old.metadata.labels ?? {});
    if (!same) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
};

import type { ComponentType } from 'react';
import { PlaceContext } from '../blocks/place.ts';
import { ClusterContext } from '../data/context.ts';
import { hostCluster } from '../data/data.ts';
import type { Params } from '../util/paths.ts';
import type { KnownPage } from './pages.ts';

interface PlacedProps {
  readonly page: KnownPage;
  readonly params: Params;
  readonly View: ComponentType<{ readonly params: Params }>;
}

/** A page knows where it is; its requests go to the cluster that its address names. */
export function Placed({ page, params, View }: PlacedProps) {
  return (
    <ClusterContext value={params['cluster'] ?? hostCluster}>
      <PlaceContext value={{ page, params }}>
        <View params={params} />
      </PlaceContext>
    </ClusterContext>
  );
}

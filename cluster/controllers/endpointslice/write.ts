/** Carrying out changes of EndpointSlices. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { EndpointSlice } from '@orrery/kinds/types';
import { isReason } from '@orrery/machinery/status';
import type { SliceChanges } from './fill.ts';

/** New slices first: an endpoint that moves is better told twice than not at all. Calls `created` for each new one. */
export async function writeSlices(
  client: Client,
  { create, update, remove }: SliceChanges,
  created: (slice: EndpointSlice) => void,
): Promise<void> {
  for (const slice of create) created(await client.create(resources.endpointslices, slice));
  for (const slice of update) await client.update(resources.endpointslices, slice);
  for (const { metadata } of remove) {
    const { name, namespace, uid } = metadata;
    const options = { namespace, preconditions: { uid } };
    await client.delete(resources.endpointslices, name!, options).catch(error => {
      if (!isReason(error, 'NotFound')) throw error;
    });
  }
}

/** Writing objects of the market: what is there keeps what others put on it. */
import type { Client } from '@orrery/client';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { sameJson } from '@orrery/reconciler';

type Whole = KubeObject & { spec?: unknown };

/** Makes it, or gives it this spec and these labels. Rejects with Conflict when somebody else was faster. */
export async function put(client: Client, resource: GroupVersionResource, wanted: Whole): Promise<void> {
  const name = wanted.metadata.name!;
  const found = await orUndefined(client.get<Whole>(resource, name));
  if (!found) {
    try {
      return void (await client.create(resource, wanted));
    } catch (error) {
      if (isReason(error, 'AlreadyExists')) return put(client, resource, wanted);
      throw error;
    }
  }
  const marks = { ...found.metadata.labels, ...wanted.metadata.labels };
  if (sameJson(found.spec, wanted.spec) && sameJson(found.metadata.labels ?? {}, marks)) return;
  await client.update(resource, {
    ...found,
    spec: wanted.spec,
    metadata: { ...found.metadata, labels: marks },
  } as Whole);
}

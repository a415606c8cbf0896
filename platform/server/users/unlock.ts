/** Opening doors that failures have closed: what failed stays on record, and counts no more. */
import { isReason } from '@orrery/machinery/status';
import { labels, platformResources, type LoginRecord } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { forgivenAnnotation, isForgiven } from '../login/limits.ts';
import { refuseAnother } from './sessions.ts';
import { success } from './service.ts';

export async function unlockUser(context: PlatformContext, caller: Caller, name: string) {
  await refuseAnother(context, caller, name);
  const service = context.serviceOf(caller);
  const { items } = await service.list<LoginRecord>(platformResources.loginrecords, {
    labelSelector: `${labels.user}=${name}`,
  });
  const patch = { metadata: { annotations: { [forgivenAnnotation]: caller.name } } };
  for (const record of items) {
    if (record.spec.success || isForgiven(record)) continue;
    await service.patch(platformResources.loginrecords, record.metadata.name!, 'merge', patch).catch(gone);
  }
  return success;
}

/** Records that are too old go by themselves. */
function gone(error: unknown): void {
  if (!isReason(error, 'NotFound')) throw error;
}

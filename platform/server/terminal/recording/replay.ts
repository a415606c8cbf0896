/** Recordings for those who may see them: their own, and those of terminals in places whose recordings they may look into. */
import { textAnswer, type Response } from '@orrery/http';
import { notFound } from '@orrery/machinery/status';
import type { ListQuery, Page } from '@orrery/platform-contract';
import type { Recording } from '@orrery/platform-contract/features';
import { decide } from '../../access/authorizer.ts';
import { visibleNamespaces } from '../../access/visible.ts';
import type { PlatformContext } from '../../context.ts';
import type { Caller } from '../../identity/caller.ts';
import { listPage, type Listing } from '../../lists/list.ts';
import { screenOnly } from './cast.ts';
import { readCast } from './chunks.ts';
import { recordingOf, type Recorded } from './record.ts';
import type { RecordingStore } from './store.ts';

const what = { group: 'terminal.orrery.io', resource: 'recordings' };

const listing: Listing<Recording> = {
  filters: {
    user: ({ spec }, value) => spec.user === value,
    kind: ({ spec }, value) => spec.kind === value,
    pod: ({ spec }, value) => spec.pod === value,
    node: ({ spec }, value) => spec.node === value,
    state: ({ status }, value) => status.state === value,
  },
  orders: {
    seconds: (left, right) => left.status.seconds - right.status.seconds,
    bytes: (left, right) => left.status.bytes - right.status.bytes,
  },
};

export interface Replay {
  list(caller: Caller, query: ListQuery, search: URLSearchParams): Promise<Page<Recording>>;
  get(caller: Caller, id: string): Promise<Recording>;
  cast(caller: Caller, id: string): Promise<Response>;
  remove(id: string): Promise<void>;
}

export function createReplay(context: PlatformContext, store: RecordingStore): Replay {
  /** Who may not see it cannot tell whether it is there. */
  const find = async (caller: Caller, id: string): Promise<Recorded> => {
    const record = await store.find(id);
    if (!record || !(await maySee(context, caller, record))) throw notFound({ ...what, name: id });
    return record;
  };
  return {
    async list(caller, query, search) {
      const where = await visibleNamespaces(context, caller, 'get', what);
      const seen = store
        .list()
        .filter(
          ({ record: { user, namespace } }) =>
            where === 'everywhere' || user === caller.name || (namespace !== undefined && where.has(namespace)),
        );
      const items = seen.map(({ record, resourceVersion }) => recordingOf(record, resourceVersion));
      return listPage(items, query, search, listing);
    },
    async get(caller, id) {
      const record = await find(caller, id);
      return recordingOf(record, undefined, (await readCast(store, record)).intact);
    },
    async cast(caller, id) {
      const { text } = await readCast(store, await find(caller, id));
      const answer = textAnswer(200, screenOnly(text));
      const headers = {
        ...answer.headers,
        'content-type': 'application/x-asciicast; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      };
      return { ...answer, headers };
    },
    async remove(id) {
      const record = await store.find(id);
      if (!record) throw notFound({ ...what, name: id });
      await store.remove(record);
    },
  };
}

async function maySee(context: PlatformContext, caller: Caller, { user, namespace }: Recorded): Promise<boolean> {
  if (user === caller.name) return true;
  const access = { verb: 'get', ...what, ...(namespace !== undefined && { namespace }) };
  return (await decide(context.clientOf(caller), access)).allowed;
}

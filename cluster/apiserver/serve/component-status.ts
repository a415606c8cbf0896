/** The old list of components: the store is the only one this server can speak for. */
import type { KubeObject } from '@orrery/machinery/meta';
import { notFound } from '@orrery/machinery/status';
import type { Offer } from './negotiate.ts';
import { answerObject } from './render.ts';
import { mediaOf } from './media.ts';
import type { SubresourceEndpoint } from './resources.ts';
import { includeObjectOf, tableOf } from './table.ts';

const offer: Offer = { views: ['Table'], watch: false, protobuf: false };

const healthy = (name: string): KubeObject & { conditions: object[] } => ({
  metadata: { name },
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
});

export const createComponentStatusEndpoint = (): SubresourceEndpoint => async (context, info) => {
  const media = mediaOf(context, offer);
  const { name, verb } = context.info;
  const all = [healthy('etcd-0')];
  if (verb === 'get' && name !== 'etcd-0') throw notFound({ group: '', resource: 'componentstatuses', name });
  if (media.view === 'Table') {
    const include = includeObjectOf(context.query.get('includeObject'));
    return answerObject(200, tableOf(info, all, {}, media.viewVersion, include, 0, true), media);
  }
  if (verb === 'get') return answerObject(200, { kind: 'ComponentStatus', apiVersion: 'v1', ...all[0] }, media);
  return answerObject(200, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: all }, media);
};

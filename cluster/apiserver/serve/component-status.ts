/** The old list of components: the store is the only one this server can speak for. */
import { notFound } from '@orrery/machinery/status';
import { answerObject } from './render.ts';
import { mediaOf } from './resources.ts';
import type { SubresourceEndpoint } from './resources.ts';

const offer = { views: [], watch: false, protobuf: false };

const healthy = (name: string): Record<string, unknown> => ({
  metadata: { name },
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
});

export const createComponentStatusEndpoint = (): SubresourceEndpoint => async context => {
  const media = mediaOf(context, offer);
  if (context.info.verb === 'list') {
    const items = [healthy('etcd-0')];
    return answerObject(200, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items }, media);
  }
  const { name } = context.info;
  if (name !== 'etcd-0') throw notFound({ group: '', resource: 'componentstatuses', name });
  return answerObject(200, { kind: 'ComponentStatus', apiVersion: 'v1', ...healthy(name) }, media);
};

import type { Pod } from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import { ownerField, stateField } from './fields.ts';
import { podState } from './state.ts';
import { defineView, type Field } from './view.ts';

const readyField: Field<Pod> = {
  key: 'ready',
  title: text('Ready', '就绪容器'),
  width: '110px',
  cell: ({ spec, status }) => ({
    as: 'share',
    now: status?.containerStatuses?.filter(({ ready }) => ready).length ?? 0,
    of: spec.containers.length,
  }),
};

/** Of all its containers. */
export const restartsOf = ({ status }: Pod): number =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].reduce(
    (total, { restartCount }) => total + restartCount,
    0,
  );

const restartsField: Field<Pod> = {
  key: 'restarts',
  title: text('Restarts', '重启次数'),
  width: '90px',
  cell: restartsOf,
};
const nodeField: Field<Pod> = {
  key: 'node',
  title: text('Node', '节点'),
  cell: ({ spec: { nodeName } }) =>
    nodeName ? { as: 'links', links: [{ resource: 'nodes', name: nodeName, namespace: '' }] } : undefined,
};
const addressField: Field<Pod> = {
  key: 'address',
  title: text('Pod IP', '容器组 IP'),
  width: '130px',
  cell: ({ status }) => ({ as: 'code', text: status?.podIP }),
};

export const pods = defineView<Pod>({
  state: podState,
  columns: [stateField(podState), readyField, restartsField, nodeField, addressField],
  facts: [
    readyField,
    restartsField,
    nodeField,
    addressField,
    ownerField,
    { key: 'qos', title: text('QoS class', 'QoS 类型'), cell: ({ status }) => status?.qosClass },
    { key: 'account', title: text('Service account', '服务账户'), cell: ({ spec }) => spec.serviceAccountName },
  ],
  tabs: ['containers', 'logs', 'terminal', 'files', 'environment', 'conditions'],
  filters: {
    Running: text('Running', '运行中'),
    Pending: text('Pending', '等待中'),
    Succeeded: text('Completed', '已完成'),
    Failed: text('Failed', '失败'),
  },
  about: text(
    'Pods are what runs: usually something else (a deployment, a job) makes them.',
    '容器组是实际运行的单元，通常由部署、任务等创建。',
  ),
});

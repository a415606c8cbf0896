/** Nodes and the kinds that others have defined. */
import type { Node } from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import type { Loose } from './objects.ts';
import { stateField } from './fields.ts';
import { nodeState, phaseState } from './state.ts';
import { defineView, type Field } from './view.ts';

const rolePrefix = 'node-role.kubernetes.io/';

export const rolesOf = ({ metadata }: Node): readonly string[] => {
  const roles = Object.keys(metadata.labels ?? {}).flatMap(key =>
    key.startsWith(rolePrefix) ? [key.slice(rolePrefix.length)] : [],
  );
  return roles.length > 0 ? roles : ['worker'];
};

/** `4Gi` of `4045112Ki`: as people say it. */
export function memoryText(quantity: string | undefined): string | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMGTP]i?|k)?$/.exec(quantity ?? '') ?? [];
  if (digits === undefined) return quantity;
  const powers: Readonly<Record<string, number>> = { '': 0, Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5 };
  const power = powers[unit];
  if (power === undefined) return quantity;
  const bytes = Number(digits) * 1024 ** power;
  const step = [4, 3, 2, 1].find(step => bytes >= 1024 ** step) ?? 0;
  const value = bytes / 1024 ** step;
  return `${value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][step]}`;
}

const addressOf = ({ status }: Node): string | undefined =>
  status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;

const roleField: Field<Node> = {
  key: 'role',
  title: text('Role', '角色'),
  width: '130px',
  cell: row => rolesOf(row).join(', '),
};
const cpuField: Field<Node> = {
  key: 'cpu',
  title: text('CPU', 'CPU'),
  width: '90px',
  cell: ({ status }) => status?.capacity?.['cpu'],
};
const memoryField: Field<Node> = {
  key: 'memory',
  title: text('Memory', '内存'),
  width: '110px',
  cell: ({ status }) => memoryText(status?.capacity?.['memory']),
};
const podsField: Field<Node> = {
  key: 'pods',
  title: text('Pods, at most', '容器组上限'),
  width: '120px',
  cell: ({ status }) => status?.capacity?.['pods'],
};
const addressField: Field<Node> = {
  key: 'address',
  title: text('Address', 'IP 地址'),
  width: '140px',
  cell: node => ({ as: 'code', text: addressOf(node) }),
};
const info = (
  key: string,
  title: ReturnType<typeof text>,
  name: 'kubeletVersion' | 'osImage' | 'kernelVersion' | 'containerRuntimeVersion' | 'architecture',
): Field<Node> => ({
  key,
  title,
  cell: ({ status }) => status?.nodeInfo?.[name],
});
const versionField = info('version', text('Version', '版本'), 'kubeletVersion');

export const nodes = defineView<Node>({
  state: nodeState,
  columns: [stateField(nodeState), roleField, addressField, cpuField, memoryField, podsField, versionField],
  facts: [
    roleField,
    addressField,
    cpuField,
    memoryField,
    podsField,
    versionField,
    info('system', text('System', '操作系统'), 'osImage'),
    info('kernel', text('Kernel', '内核版本'), 'kernelVersion'),
    info('runtime', text('Container runtime', '容器运行时'), 'containerRuntimeVersion'),
    info('architecture', text('Architecture', '系统架构'), 'architecture'),
    {
      key: 'taints',
      title: text('Taints', '污点'),
      cell: ({ spec }) => ({
        as: 'lines',
        lines: (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`),
      }),
    },
  ],
  tabs: ['nodePods', 'drain', 'nodeTerminal', 'conditions'],
  actions: ['cordon'],
  filters: {
    running: text('Running', '运行中'),
    warning: text('Not ready', '未就绪'),
    unschedulable: text('Unschedulable', '不可调度'),
  },
  about: text('A machine that pods run on.', '运行容器组的机器。'),
});

interface Definition extends Loose {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
  };
}

export const customresourcedefinitions = defineView<Definition>({
  columns: [
    { key: 'kind', title: text('Kind', '类型'), cell: ({ spec }) => spec.names.kind },
    { key: 'group', title: text('Group', 'API 组'), cell: ({ spec }) => spec.group },
    {
      key: 'scope',
      title: text('Scope', '作用范围'),
      width: '120px',
      cell: ({ spec }) => ({
        as: 'word',
        word: spec.scope === 'Namespaced' ? text('Project', '项目') : text('Cluster', '集群'),
      }),
    },
  ],
  tabs: ['objects', 'conditions'],
  about: text('Operators and extensions define kinds of their own.', '操作器和扩展组件可以定义自己的资源类型。'),
});

export const namespaces = defineView<Loose>({ state: phaseState, columns: [stateField(phaseState)] });

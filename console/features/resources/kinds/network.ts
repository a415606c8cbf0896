/** Services, ingresses, network policies. */
import type { Ingress, NetworkPolicy, Service } from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import { selectorText } from './objects.ts';
import { defineView, type Field } from './view.ts';

const internalField: Field<Service> = {
  key: 'internal',
  title: text('Internal access', '内部访问'),
  cell: ({ metadata, spec }) => ({
    as: 'lines',
    lines: [
      `${metadata.name}.${metadata.namespace}`,
      spec?.clusterIP === 'None' ? 'Headless' : (spec?.clusterIP ?? spec?.externalName ?? '–'),
    ],
  }),
};

/** What stands before a service outside of the cluster. */
export function externalAccess({ spec, status }: Service): readonly string[] {
  const balancers = status?.loadBalancer?.ingress?.flatMap(({ ip, hostname }) => ip ?? hostname ?? []) ?? [];
  const ports = spec?.ports?.flatMap(({ nodePort }) => (nodePort ? [`:${nodePort}`] : [])) ?? [];
  if (balancers.length > 0) return balancers;
  return spec?.externalIPs?.length ? spec.externalIPs : ports;
}

const typeField: Field<Service> = {
  key: 'type',
  title: text('Type', '类型'),
  width: '120px',
  cell: ({ spec }) => (spec?.clusterIP === 'None' ? 'Headless' : spec?.type),
};
const externalField: Field<Service> = {
  key: 'external',
  title: text('External access', '外部访问'),
  cell: service => ({ as: 'lines', lines: externalAccess(service) }),
};

export const services = defineView<Service>({
  columns: [
    typeField,
    internalField,
    {
      key: 'ports',
      title: text('Ports', '端口'),
      cell: ({ spec }) => ({
        as: 'lines',
        lines: (spec?.ports ?? []).map(
          ({ port, targetPort, protocol }) => `${port} → ${targetPort ?? port}/${protocol}`,
        ),
      }),
    },
    externalField,
  ],
  facts: [
    typeField,
    internalField,
    externalField,
    {
      key: 'selector',
      title: text('Selector', '选择器'),
      cell: ({ spec }) => ({ as: 'code', text: selectorText({ matchLabels: spec?.selector }) }),
    },
    { key: 'affinity', title: text('Session affinity', '会话保持'), cell: ({ spec }) => spec?.sessionAffinity },
  ],
  tabs: ['ports', 'pods'],
  about: text(
    'A service gives pods one name and one address that stay while pods come and go.',
    '服务为一组容器组提供稳定的名称和地址。',
  ),
});

export const ingresses = defineView<Ingress>({
  columns: [
    {
      key: 'hosts',
      title: text('Hosts', '域名'),
      cell: ({ spec }) => ({ as: 'lines', lines: (spec?.rules ?? []).map(({ host }) => host ?? '*') }),
    },
    { key: 'class', title: text('Class', '类别'), width: '120px', cell: ({ spec }) => spec?.ingressClassName },
    {
      key: 'address',
      title: text('Gateway address', '网关地址'),
      cell: ({ status }) => ({
        as: 'lines',
        lines: status?.loadBalancer?.ingress?.flatMap(({ ip, hostname }) => ip ?? hostname ?? []) ?? [],
      }),
    },
  ],
  tabs: ['rules'],
  about: text(
    'An ingress leads requests from outside to services, by host and path.',
    '应用路由根据域名和路径将外部请求转发到服务。',
  ),
});

export const networkpolicies = defineView<NetworkPolicy>({
  columns: [
    {
      key: 'pods',
      title: text('For pods', '作用于'),
      cell: ({ spec }) => ({ as: 'code', text: selectorText(spec?.podSelector) ?? '*' }),
    },
    { key: 'types', title: text('Restricts', '限制方向'), cell: ({ spec }) => spec?.policyTypes?.join(', ') },
  ],
  about: text('A network policy says which pods may talk to which.', '网络策略规定哪些容器组之间可以通信。'),
});

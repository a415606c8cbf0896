/** ConfigMaps, Secrets, service accounts; volumes, claims and classes. */
import type {
  ConfigMap,
  PersistentVolume,
  PersistentVolumeClaim,
  Secret,
  ServiceAccount,
  StorageClass,
} from '@orrery/kinds/types';
import { text } from '../../../util/messages.ts';
import { opens } from '../secrets/credentials.ts';
import { stateField } from './fields.ts';
import { phaseState } from './state.ts';
import { defineView, type Field } from './view.ts';

const dataField: Field<ConfigMap | Secret> = {
  key: 'fields',
  title: text('Fields', '字段'),
  cell: object => {
    const { data = {} } = object;
    const binary = 'binaryData' in object ? object.binaryData : undefined;
    const keys = [...Object.keys(data), ...Object.keys(binary ?? {})];
    return keys.length > 3 ? `${keys.slice(0, 3).join(', ')} … (${keys.length})` : keys.join(', ');
  },
};

export const configmaps = defineView<ConfigMap>({
  columns: [dataField],
  tabs: ['data'],
  about: text('A ConfigMap holds settings that pods read.', '配置字典保存供容器组读取的配置数据。'),
});

export const secrets = defineView<Secret>({
  columns: [{ key: 'type', title: text('Type', '类型'), cell: ({ type }) => type }, dataField],
  // Others open nothing elsewhere that could be asked.
  tabs: secret => (opens(secret) ? ['values', 'registry'] : ['values']),
  about: text('A Secret holds passwords and keys that pods use.', '保密字典保存容器组使用的密码、密钥等敏感数据。'),
});

export const serviceaccounts = defineView<ServiceAccount>({
  columns: [
    {
      key: 'secrets',
      title: text('Secrets', '保密字典'),
      cell: ({ secrets = [], imagePullSecrets = [] }) => ({
        as: 'links',
        links: [...secrets, ...imagePullSecrets].flatMap(({ name }) => (name ? [{ resource: 'secrets', name }] : [])),
      }),
    },
  ],
  about: text('Pods speak to the cluster as a service account.', '容器组以服务账户的身份访问集群。'),
});

const classField: Field<PersistentVolumeClaim | PersistentVolume> = {
  key: 'class',
  title: text('Storage class', '存储类'),
  cell: ({ spec }) =>
    spec?.storageClassName
      ? { as: 'links', links: [{ resource: 'storageclasses', name: spec.storageClassName, namespace: '' }] }
      : undefined,
};
const modesField: Field<PersistentVolumeClaim | PersistentVolume> = {
  key: 'modes',
  title: text('Access modes', '访问模式'),
  cell: ({ spec }) => spec?.accessModes?.join(', '),
};

export const persistentvolumeclaims = defineView<PersistentVolumeClaim>({
  state: phaseState,
  columns: [
    stateField(phaseState),
    {
      key: 'capacity',
      title: text('Capacity', '容量'),
      width: '100px',
      cell: ({ spec, status }) => status?.capacity?.['storage'] ?? spec?.resources?.requests?.['storage'],
    },
    {
      key: 'volume',
      title: text('Volume', '持久卷'),
      cell: ({ spec }) =>
        spec?.volumeName
          ? { as: 'links', links: [{ resource: 'persistentvolumes', name: spec.volumeName, namespace: '' }] }
          : undefined,
    },
    classField,
    modesField,
  ],
  filters: { bound: text('Bound', '已绑定'), pending: text('Pending', '等待中'), lost: text('Lost', '丢失') },
  about: text(
    'A volume claim asks for storage that outlives pods.',
    '持久卷声明用于申请在容器组删除后仍然保留的存储。',
  ),
});

export const persistentvolumes = defineView<PersistentVolume>({
  state: phaseState,
  columns: [
    stateField(phaseState),
    {
      key: 'capacity',
      title: text('Capacity', '容量'),
      width: '100px',
      cell: ({ spec }) => spec?.capacity?.['storage'],
    },
    {
      key: 'claim',
      title: text('Claim', '持久卷声明'),
      cell: ({ spec }) => {
        const { name, namespace } = spec?.claimRef ?? {};
        return name && namespace
          ? { as: 'links', links: [{ resource: 'persistentvolumeclaims', name, namespace }] }
          : undefined;
      },
    },
    {
      key: 'policy',
      title: text('Reclaim policy', '回收策略'),
      cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy,
    },
    classField,
  ],
  about: text('Volumes are made when claims ask for them.', '持久卷会在持久卷声明申请存储时创建。'),
});

const defaultMark = 'storageclass.kubernetes.io/is-default-class';
export const isDefaultClass = ({ metadata }: StorageClass): boolean => metadata.annotations?.[defaultMark] === 'true';

export const storageclasses = defineView<StorageClass>({
  columns: [
    {
      key: 'default',
      title: text('Default', '默认'),
      width: '90px',
      cell: row => ({ as: 'word', word: isDefaultClass(row) ? text('Yes', '是') : text('No', '否') }),
    },
    { key: 'provisioner', title: text('Provisioner', '供应者'), cell: ({ provisioner }) => provisioner },
    { key: 'policy', title: text('Reclaim policy', '回收策略'), cell: ({ reclaimPolicy }) => reclaimPolicy },
    {
      key: 'grow',
      title: text('Can grow', '允许扩容'),
      width: '110px',
      cell: ({ allowVolumeExpansion }) => ({
        as: 'word',
        word: allowVolumeExpansion ? text('Yes', '是') : text('No', '否'),
      }),
    },
  ],
  actions: ['makeDefault'],
  about: text('A storage class says who makes volumes, and how.', '存储类规定由谁以及如何创建持久卷。'),
});

/** Refusals of persistent volumes and claims. */
import { directory, volume, claim } from './core-objects.ts';
import { subdomainRule, labelRule } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export const storageRefusals: readonly Refusal[] = [
  {
    kind: 'persistentvolumes',
    why: 'nothing is said',
    object: { spec: {} },
    told: [
      'spec.accessModes: Required value',
      'spec.capacity: Required value',
      'spec.capacity: Unsupported value: null: supported values: "storage"',
      'spec: Required value: must specify a volume type',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'two things',
    object: volume({ ...directory, nfs: { server: 's', path: '/p' } }),
    told: ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
  },
  {
    kind: 'persistentvolumes',
    why: 'amounts and ways',
    object: volume(directory, {
      capacity: { storage: '0', cpu: '1' },
      accessModes: ['X', 'ReadWriteOncePod', 'ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Y',
      volumeMode: 'Z',
      storageClassName: 'A_',
      volumeAttributesClassName: '',
    }),
    told: [
      'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      'spec.capacity: Unsupported value: {"cpu":"1","storage":"0"}: supported values: "storage"',
      'spec.capacity[storage]: Invalid value: "0": must be greater than zero',
      'spec.persistentVolumeReclaimPolicy: Unsupported value: "Y": supported values: "Delete", "Recycle", "Retain"',
      `spec.storageClassName: Invalid value: "A_": ${subdomainRule}`,
      'spec.volumeMode: Unsupported value: "Z": supported values: "Block", "Filesystem"',
      'spec.volumeAttributesClassName: Required value: an empty string is disallowed',
      'spec.csi: Required value: has to be specified when using volumeAttributesClassName',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'recycling a root',
    object: volume({ hostPath: { path: '/' } }, { persistentVolumeReclaimPolicy: 'Recycle' }),
    told: ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
  },
  {
    kind: 'persistentvolumes',
    why: 'a disk of one node needs its node',
    object: volume({ local: { path: '../x' } }, { claimRef: { name: '', namespace: '' } }),
    told: [
      `spec.local.path: Invalid value: "../x": must not contain '..'`,
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'nodes of a volume',
    object: volume(directory, { nodeAffinity: { required: { nodeSelectorTerms: [] } } }),
    told: ['spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term'],
  },
  {
    kind: 'persistentvolumes',
    why: 'drivers',
    object: volume({
      csi: {
        driver: 'A_',
        volumeHandle: '',
        controllerExpandSecretRef: { name: '', namespace: 'X_' },
        nodePublishSecretRef: {},
      },
    }),
    told: [
      `spec.csi.driver: Invalid value: "A_": ${subdomainRule}`,
      'spec.csi.volumeHandle: Required value',
      'spec.csi.controllerExpandSecretRef.name: Required value',
      `spec.csi.controllerExpandSecretRef.namespace: Invalid value: "X_": ${labelRule}`,
      'spec.csi.nodePublishSecretRef.name: Required value',
      'spec.csi.nodePublishSecretRef.namespace: Required value',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'old drivers with secrets',
    object: volume({
      iscsi: { targetPortal: 'x', iqn: 'iqn.2001-04.com.example:x', lun: 0, chapAuthDiscovery: true },
      azureFile: { secretName: '', shareName: '', secretNamespace: '' },
    }),
    told: [
      'spec.iscsi.secretRef: Required value',
      'spec.azureFile: Forbidden: may not specify more than 1 volume type',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'nothing is said',
    object: { spec: {} },
    told: [
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'amounts and ways',
    object: claim({
      accessModes: ['X', 'ReadWriteOncePod'],
      resources: { requests: { storage: '-1' } },
      storageClassName: 'A_',
      volumeMode: 'B',
      volumeAttributesClassName: 'C_',
      selector: { matchExpressions: [{ key: 'a', operator: 'X' }] },
    }),
    told: [
      'spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
      'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.resources[storage]: Invalid value: "-1": must be greater than zero',
      `spec.storageClassName: Invalid value: "A_": ${subdomainRule}`,
      'spec.volumeMode: Unsupported value: "B": supported values: "Block", "Filesystem"',
      `spec.volumeAttributesClassName: Invalid value: "C_": ${subdomainRule}`,
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'from where it is filled',
    object: claim({
      dataSource: { kind: 'PersistentVolumeClaim', name: '' },
      dataSourceRef: { apiGroup: 'g', kind: 'K', name: 'n', namespace: 'X_' },
    }),
    told: [
      'spec.dataSource.name: Required value',
      `spec.dataSourceRef.namespace: Invalid value: "X_": ${labelRule}`,
      'spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'filled from elsewhere',
    object: claim({ dataSourceRef: { kind: 'Pod', name: 'n' } }),
    told: [
      `spec.dataSourceRef: Invalid value: "Pod": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
    ],
  },
];

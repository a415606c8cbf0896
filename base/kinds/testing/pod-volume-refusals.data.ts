/** Refusals of pods: their volumes. */
import { podOf, holding } from './core-objects.ts';
import { subdomainRule, labelRule, qualifiedRule } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export const podVolumeRefusals: readonly Refusal[] = [
  {
    kind: 'pods',
    why: 'a volume is something',
    object: holding({}),
    told: [],
  },
  {
    kind: 'pods',
    why: 'a volume is one thing',
    object: holding({ emptyDir: { sizeLimit: '-1', medium: 'Memory' }, hostPath: { path: '' } }),
    told: [
      'spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity',
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
  },
  {
    kind: 'pods',
    why: 'volumes stand once',
    object: podOf({
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'v', emptyDir: {} },
        { name: '', emptyDir: {} },
        { name: 'A', emptyDir: {} },
      ],
    }),
    told: [
      'spec.volumes[1].name: Duplicate value: "v"',
      'spec.volumes[2].name: Required value',
      `spec.volumes[3].name: Invalid value: "A": ${labelRule}`,
    ],
  },
  {
    kind: 'pods',
    why: 'a place of the host',
    object: holding({ hostPath: { path: '/a/../b', type: 'X' } }),
    told: [
      `spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
      'spec.volumes[0].hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  },
  {
    kind: 'pods',
    why: 'files of secrets',
    object: holding({
      secret: {
        secretName: '',
        defaultMode: 512,
        items: [
          { key: '', path: '/a' },
          { key: 'b', path: '../c', mode: -1 },
        ],
      },
    }),
    told: [
      'spec.volumes[0].secret.secretName: Required value',
      'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].secret.items[0].key: Required value',
      'spec.volumes[0].secret.items[0].path: Invalid value: "/a": must be a relative path',
      `spec.volumes[0].secret.items[1].path: Invalid value: "../c": must not contain '..'`,
      'spec.volumes[0].secret.items[1].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  },
  {
    kind: 'pods',
    why: 'files of configuration',
    object: holding({ configMap: { name: '', items: [{ key: 'a', path: '' }] } }),
    told: ['spec.volumes[0].configMap.name: Required value', 'spec.volumes[0].configMap.items[0].path: Required value'],
  },
  {
    kind: 'pods',
    why: 'files about the pod',
    object: holding({
      downwardAPI: {
        items: [
          { path: 'a', fieldRef: { fieldPath: 'spec.nodeName' } },
          { path: '..b', resourceFieldRef: { resource: 'limits.cpu' } },
          {
            path: 'c',
            fieldRef: { fieldPath: 'metadata.name' },
            resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '3' },
          },
          { path: 'd' },
        ],
      },
    }),
    told: [
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      `spec.volumes[0].downwardAPI.path: Invalid value: "..b": must not start with '..'`,
      'spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value',
      'spec.volumes[0].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
      'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
  },
  {
    kind: 'pods',
    why: 'many things in one volume',
    object: holding({
      projected: {
        defaultMode: -1,
        sources: [
          { secret: { name: '' } },
          { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
          { secret: { name: 's', items: [{ key: 'k', path: 'p' }] } },
          { serviceAccountToken: { path: '', expirationSeconds: 5 } },
          { serviceAccountToken: { path: 'x', expirationSeconds: 9999999999 } },
          {},
          { secret: { name: 'a' }, configMap: { name: 'b' } },
        ],
      },
    }),
    told: [
      'spec.volumes[0].projected.defaultMode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].projected.sources[0].secret.name: Required value',
      'spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths',
      'spec.volumes[0].projected.sources[3].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected.path: Required value',
      'spec.volumes[0].projected.sources[4].serviceAccountToken.expirationSeconds: Invalid value: 9999999999: may not specify a duration larger than 2^32 seconds',
      'spec.volumes[0].projected.sources[6]: Forbidden: may not specify more than 1 volume type per source',
      'spec.volumes[0].projected.sources[3].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
      'spec.volumes[0].projected.sources[4].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  },
  {
    kind: 'pods',
    why: 'old disks',
    object: podOf({
      volumes: [
        { name: 'a', gcePersistentDisk: { pdName: '', partition: -1 } },
        { name: 'b', awsElasticBlockStore: { volumeID: '', partition: 256 } },
        { name: 'c', gitRepo: { repository: '', directory: '/x' } },
        { name: 'd', iscsi: { targetPortal: '', iqn: 'x', lun: 256, chapAuthSession: true } },
        { name: 'e', nfs: { server: '', path: 'x' } },
        { name: 'f', glusterfs: { endpoints: '', path: '' } },
        { name: 'g', flexVolume: { driver: 'A' } },
        { name: 'h', rbd: { monitors: [], image: '' } },
        { name: 'i', cinder: { volumeID: '' } },
        { name: 'j', cephfs: { monitors: [] } },
        { name: 'k', flocker: {} },
      ],
    }),
    told: [
      'spec.volumes[0].persistentDisk.pdName: Required value',
      'spec.volumes[0].persistentDisk.partition: Invalid value: -1: must be between 1 and 255, inclusive',
      'spec.volumes[1].awsElasticBlockStore.volumeID: Required value',
      'spec.volumes[1].awsElasticBlockStore.partition: Invalid value: 256: must be between 1 and 255, inclusive',
      'spec.volumes[2].gitRepo.repository: Required value',
      'spec.volumes[2].gitRepo.directory: Invalid value: "/x": must be a relative path',
      'spec.volumes[3].iscsi.targetPortal: Required value',
      'spec.volumes[3].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
      'spec.volumes[3].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      'spec.volumes[3].iscsi.secretRef: Required value',
      'spec.volumes[4].nfs.server: Required value',
      'spec.volumes[4].nfs.path: Invalid value: "x": must be an absolute path',
      'spec.volumes[5].glusterfs.endpoints: Required value',
      'spec.volumes[5].glusterfs.path: Required value',
      'spec.volumes[7].rbd.monitors: Required value',
      'spec.volumes[7].rbd.image: Required value',
      'spec.volumes[8].cinder.volumeID: Required value',
      'spec.volumes[9].cephfs.monitors: Required value',
      'spec.volumes[10].flocker: Required value: one of datasetName and datasetUUID is required',
    ],
  },
  {
    kind: 'pods',
    why: 'other old disks',
    object: podOf({
      volumes: [
        { name: 'a', fc: {} },
        { name: 'b', azureFile: { secretName: '', shareName: '' } },
        { name: 'c', azureDisk: { diskName: '', diskURI: 'x', cachingMode: 'X', kind: 'Y' } },
        { name: 'd', vsphereVolume: { volumePath: '' } },
        { name: 'e', photonPersistentDisk: { pdID: '' } },
        { name: 'f', portworxVolume: { volumeID: '' } },
        { name: 'g', quobyte: { registry: 'x', volume: '', tenant: 't' } },
        { name: 'h', scaleIO: { gateway: '', system: '', volumeName: '' } },
        { name: 'i', storageos: { volumeName: 'A_', volumeNamespace: 'B_' } },
        { name: 'j', csi: { driver: '', nodePublishSecretRef: { name: '' } } },
      ],
    }),
    told: [
      'spec.volumes[0].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both',
      'spec.volumes[1].azureFile.secretName: Required value',
      'spec.volumes[1].azureFile.shareName: Required value',
      'spec.volumes[2].azureDisk.diskName: Required value',
      'spec.volumes[2].azureDisk.cachingMode: Unsupported value: "X": supported values: "None", "ReadOnly", "ReadWrite"',
      'spec.volumes[2].azureDisk.kind: Unsupported value: "Y": supported values: "Dedicated", "Managed", "Shared"',
      'spec.volumes[2].azureDisk.diskURI: Unsupported value: "x": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
      'spec.volumes[3].vsphereVolume.volumePath: Required value',
      'spec.volumes[4].photonPersistentDisk.pdID: Required value',
      'spec.volumes[5].portworxVolume.volumeID: Required value',
      'spec.volumes[6].quobyte.registry: Invalid value: "x": must be a host:port pair or multiple pairs separated by commas',
      'spec.volumes[6].quobyte.volume: Required value',
      'spec.volumes[7].scaleIO.gateway: Required value',
      'spec.volumes[7].scaleIO.system: Required value',
      'spec.volumes[7].scaleIO.volumeName: Required value',
      `spec.volumes[8].storageos.volumeName: Invalid value: "A_": ${labelRule}`,
      `spec.volumes[8].storageos.volumeNamespace: Invalid value: "B_": ${labelRule}`,
      'spec.volumes[9].csi.driver: Required value',
      `spec.volumes[9].csi.driver: Invalid value: "": ${subdomainRule}`,
      'spec.volumes[9].csi.nodePublishSecretRef.name: Required value',
    ],
  },
  {
    kind: 'pods',
    why: 'a claim of its own',
    object: podOf({
      volumes: [
        {
          name: 'e',
          ephemeral: {
            volumeClaimTemplate: {
              metadata: { name: 'x', labels: { 'a b': 'c' } },
              spec: { resources: { requests: { storage: '0' } } },
            },
          },
        },
        { name: 'f', ephemeral: {} },
        { name: 'p', persistentVolumeClaim: { claimName: '' } },
      ],
    }),
    told: [
      `spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.labels: Invalid value: "a b": ${qualifiedRule}`,
      'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: "0": must be greater than zero',
      'spec.volumes[1].ephemeral.volumeClaimTemplate: Required value',
      'spec.volumes[2].persistentVolumeClaim.claimName: Required value',
    ],
  },
];

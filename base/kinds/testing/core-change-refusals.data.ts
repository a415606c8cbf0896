/** Changes that the core group refuses. */
import { podOf, containing, service, directory, volume, claim, expression, onNodes } from './core-objects.ts';
import type { Refusal } from './refusal.ts';

export const coreChangeRefusals: readonly Refusal[] = [
  {
    kind: 'pods',
    why: 'what may not change',
    object: podOf({ restartPolicy: 'Never', nodeName: 'm', hostname: 'h' }),
    old: podOf(),
    told: [
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -35,7 +35,7 @@\n   }\n  ],\n  "EphemeralContainers": null,\n- "RestartPolicy": "Always",\n+ "RestartPolicy": "Never",\n  "TerminationGracePeriodSeconds": 30,\n  "ActiveDeadlineSeconds": null,\n  "DNSPolicy": "ClusterFirst",\n@@ -42,7 +42,7 @@\n  "NodeSelector": null,\n  "ServiceAccountName": "",\n  "AutomountServiceAccountToken": null,\n- "NodeName": "",\n+ "NodeName": "m",\n  "SecurityContext": {\n   "HostNetwork": false,\n   "HostPID": false,\n@@ -64,7 +64,7 @@\n   "SELinuxChangePolicy": null\n  },\n  "ImagePullSecrets": null,\n- "Hostname": "",\n+ "Hostname": "h",\n  "Subdomain": "",\n  "SetHostnameAsFQDN": null,\n  "Affinity": null,\n',
    ],
  },
  {
    kind: 'pods',
    why: 'tolerations only come',
    object: podOf({}),
    old: podOf({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
    told: ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
  },
  {
    kind: 'pods',
    why: 'a deadline only comes nearer',
    object: podOf({ activeDeadlineSeconds: 10 }),
    old: podOf({ activeDeadlineSeconds: 5 }),
    told: ['spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value'],
  },
  {
    kind: 'pods',
    why: 'a deadline stays',
    object: podOf(),
    old: podOf({ activeDeadlineSeconds: 5 }),
    told: ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
  },
  {
    kind: 'pods',
    why: 'gates only go',
    object: podOf({ schedulingGates: [{ name: 'b' }] }),
    old: podOf({ schedulingGates: [{ name: 'a' }] }),
    told: ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'"],
  },
  {
    kind: 'pods',
    why: 'a gated pod looks for fewer nodes',
    object: podOf({ schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'c' } }),
    old: podOf({ schedulingGates: [{ name: 'a' }], nodeSelector: { a: 'b' } }),
    told: [
      'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  },
  {
    kind: 'pods',
    why: 'a gated pod narrows its affinity',
    object: podOf({
      schedulingGates: [{ name: 'a' }],
      affinity: onNodes(expression('x', 'In', ['1']), expression('y', 'Exists')),
    }),
    old: podOf({ schedulingGates: [{ name: 'a' }], affinity: onNodes(expression('x', 'In', ['1'])) }),
    told: [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Invalid value: [{"MatchExpressions":[{"Key":"x","Operator":"In","Values":["1"]}],"MatchFields":null},{"MatchExpressions":[{"Key":"y","Operator":"Exists","Values":null}],"MatchFields":null}]: no additions/deletions to non-empty NodeSelectorTerms list are allowed',
    ],
  },
  {
    kind: 'pods',
    why: 'resources change elsewhere',
    object: containing({ resources: { requests: { cpu: '2' } } }),
    old: containing({ resources: { requests: { cpu: '1' } } }),
    told: [
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -14,7 +14,7 @@\n    "Resources": {\n     "Limits": null,\n     "Requests": {\n-     "cpu": "1"\n+     "cpu": "2"\n     },\n     "Claims": null\n    },\n',
    ],
  },
  {
    kind: 'pods',
    why: 'images are named',
    object: containing({ image: '' }),
    old: podOf(),
    told: [
      'spec.containers[0].image: Required value',
      'spec.containers[0].image: Required value',
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n@@ -27,7 +27,7 @@\n    "Lifecycle": null,\n    "TerminationMessagePath": "/dev/termination-log",\n    "TerminationMessagePolicy": "File",\n-   "ImagePullPolicy": "IfNotPresent",\n+   "ImagePullPolicy": "Always",\n    "SecurityContext": null,\n    "Stdin": false,\n    "StdinOnce": false,\n',
    ],
  },
  {
    kind: 'services',
    why: 'an address stays',
    object: service({
      clusterIP: '10.0.0.2',
      clusterIPs: ['10.0.0.2'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    }),
    old: service({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    }),
    told: ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
  },
  {
    kind: 'services',
    why: 'families stay',
    object: service({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv6'],
      ipFamilyPolicy: 'SingleStack',
    }),
    old: service({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    }),
    told: [
      'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
  },
  {
    kind: 'services',
    why: 'a class stays',
    object: service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: true, loadBalancerClass: 'a/c' }),
    old: service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: true, loadBalancerClass: 'a/b' }),
    told: ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set'],
  },
  {
    kind: 'persistentvolumes',
    why: 'where it is stays',
    object: volume({ hostPath: { path: '/b' } }),
    old: volume(directory),
    told: [
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ -2,7 +2,7 @@\n  "GCEPersistentDisk": null,\n  "AWSElasticBlockStore": null,\n  "HostPath": {\n-  "Path": "/a",\n+  "Path": "/b",\n   "Type": ""\n  },\n  "Glusterfs": null,\n',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'its mode stays',
    object: volume(directory, { volumeMode: 'Block' }),
    old: volume(directory),
    told: ['volumeMode: Invalid value: "Block": field is immutable'],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'a claim stays',
    object: claim({ accessModes: ['ReadOnlyMany'] }),
    old: claim(),
    told: [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadOnlyMany"\n  ],\n  "Selector": null,\n  "Resources": {\n',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'a bound claim grows only',
    object: claim(
      { volumeName: 'v', resources: { requests: { storage: '1Mi' } } },
      { status: { phase: 'Bound', capacity: { storage: '1Gi' } } },
    ),
    old: claim({ volumeName: 'v' }, { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
    told: ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'a class is not taken away',
    object: claim({}),
    old: claim({ volumeAttributesClassName: 'a' }),
    told: [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -14,5 +14,5 @@\n  "VolumeMode": "Filesystem",\n  "DataSource": null,\n  "DataSourceRef": null,\n- "VolumeAttributesClassName": "a"\n+ "VolumeAttributesClassName": null\n }\n',
      'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
    ],
  },
  {
    kind: 'secrets',
    why: 'what is fixed stays',
    object: { data: { a: 'eQ==' } },
    old: { immutable: true, data: { a: 'eA==' } },
    told: [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
  },
  {
    kind: 'secrets',
    why: 'its kind stays',
    object: { type: 'a/b' },
    old: { type: 'Opaque' },
    told: ['type: Invalid value: "a/b": field is immutable'],
  },
  {
    kind: 'configmaps',
    why: 'what is fixed stays',
    object: { data: { a: 'y' }, binaryData: { b: 'eA==' } },
    old: { immutable: true, data: { a: 'x' } },
    told: [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
      'binaryData: Forbidden: field is immutable when `immutable` is set',
    ],
  },
  {
    kind: 'resourcequotas',
    why: 'its scopes stay',
    object: { spec: { scopes: ['BestEffort'] } },
    old: { spec: {} },
    told: ['spec.scopes: Invalid value: ["BestEffort"]: field is immutable'],
  },
  {
    kind: 'nodes',
    why: 'addresses and provider stay',
    object: { spec: { podCIDR: '10.0.1.0/24', podCIDRs: ['10.0.1.0/24'], providerID: 'b', unschedulable: true } },
    old: { spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'], providerID: 'a' } },
    told: [
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
  },
  {
    kind: 'configmaps',
    why: 'metadata that stays',
    object: {
      metadata: {
        name: 'y',
        uid: 'v',
        resourceVersion: '',
        creationTimestamp: '2020-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 5,
        generation: 1,
      },
    },
    old: { metadata: { uid: 'w', creationTimestamp: '2021-01-01T00:00:00Z', generation: 2 } },
    told: [
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      'metadata.generation: Invalid value: 1: must not be decremented',
      'metadata.name: Invalid value: "y": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2020-01-01T00:00:00Z": field is immutable',
      'metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
    ],
  },
  {
    kind: 'configmaps',
    why: 'no finalizers on what goes',
    object: { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a/b', 'a/c'] } },
    old: { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a/b'] } },
    told: [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/c"}',
    ],
  },
  {
    kind: 'namespaces',
    why: 'no finalizers of unknown names',
    object: { metadata: { name: 'x' }, spec: { finalizers: ['x'] } },
    old: { metadata: { name: 'x' } },
    told: ['spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified'],
  },
];

/** More refusals of the core group: statuses, events and what is seldom written. */
import { container, podOf, service } from './core-objects.ts';
import { subdomainRule, qualifiedRule } from './refusal.ts';
import type { Json, Refusal } from './refusal.ts';

const podWith = (spec: Json, status?: Json): Json => ({ ...podOf(spec), ...(status && { status }) });

export const coreStatusRefusals: readonly Refusal[] = [
  {
    kind: 'services',
    why: 'another name keeps no address',
    object: { spec: { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] } },
    old: service({
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    }),
    told: ['spec.clusterIPs: Forbidden: may not be set for ExternalName services'],
  },
  {
    kind: 'services',
    why: 'no address, but ports of nodes',
    object: service({ type: 'NodePort', clusterIP: 'None', clusterIPs: ['None'] }),
    told: [`spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`],
  },
  {
    kind: 'services',
    why: 'ports of nodes stand once',
    object: service({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 1, nodePort: 30000 },
        { name: 'b', port: 2, nodePort: 30000 },
      ],
    }),
    told: ['spec.ports[1].nodePort: Duplicate value: 30000'],
  },
  {
    kind: 'services',
    why: 'where a balancer is',
    object: {
      ...service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: true }),
      status: {
        loadBalancer: {
          ingress: [
            { ip: 'x', ipMode: 'Y', ports: [{ port: 0, protocol: 'Z', error: 'bad error' }] },
            { hostname: '1.2.3.4' },
            { hostname: 'A_', ipMode: 'VIP' },
          ],
        },
        conditions: [{ type: 'a b', status: 'X', reason: '', lastTransitionTime: null }],
      },
    },
    old: service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: true }),
    status: true,
    told: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[0].ipMode: Unsupported value: "Y": supported values: "Proxy", "VIP"',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'status.loadBalancer.ingress[2].ipMode: Forbidden: may not be specified when `ip` is not set',
      `status.loadBalancer.ingress[2].hostname: Invalid value: "A_": ${subdomainRule}`,
    ],
  },
  {
    kind: 'services',
    why: 'nobody balances',
    object: { ...service({}), status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } },
    old: service({}),
    status: true,
    told: ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
  },
  {
    kind: 'services',
    why: 'a day at most',
    object: service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } }),
    told: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  },
  {
    kind: 'services',
    why: 'ports stand once under any name',
    object: service({
      ports: [
        { name: 'a', port: 1, protocol: 'TCP' },
        { name: 'b', port: 1, protocol: 'TCP' },
      ],
    }),
    told: [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
    ],
  },
  {
    kind: 'services',
    why: 'two addresses of one family',
    object: service({
      ipFamilyPolicy: 'RequireDualStack',
      ipFamilies: ['IPv4', 'IPv6'],
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1', '10.0.0.2'],
    }),
    told: [
      'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
      'spec.clusterIPs[1]: Invalid value: "10.0.0.2": expected an IPv6 value as indicated by `ipFamilies[1]`',
    ],
  },
  {
    kind: 'services',
    why: 'names begin with a letter',
    object: { ...service({}), metadata: { name: '1a' } },
    told: [
      `metadata.name: Invalid value: "1a": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
    ],
  },
  {
    kind: 'pods',
    why: 'addresses and a place',
    object: podWith(
      {},
      {
        conditions: [{ type: 'X', status: 'Maybe' }],
        podIPs: [{ ip: '1.2.3.4' }, { ip: '1.2.3.5' }],
        hostIPs: [{ ip: 'x' }],
        containerStatuses: [{ name: 'c', restartCount: -1, state: {}, allocatedResources: {} }, { name: 'c' }],
        nominatedNodeName: 'x y',
        phase: 'X',
        observedGeneration: -1,
      },
    ),
    old: podWith({}),
    status: true,
    told: [
      `status.nominatedNodeName: Invalid value: "x y": ${subdomainRule}`,
      'status.podIPs: Invalid value: [{"IP":"1.2.3.4"},{"IP":"1.2.3.5"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "x": must be equal to `hostIP`',
      'status.hostIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    kind: 'pods',
    why: 'what has ended stays so',
    object: podWith({ restartPolicy: 'Never' }, { containerStatuses: [{ name: 'c', state: { running: {} } }] }),
    old: podWith(
      { restartPolicy: 'Never' },
      { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: 1 } } }] },
    ),
    status: true,
    told: ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
  },
  {
    kind: 'pods',
    why: 'claims that the pod has',
    object: podWith(
      { resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] },
      { resourceClaimStatuses: [{ name: 'z', resourceClaimName: 'x_' }, { name: 'a' }, { name: 'a' }] },
    ),
    old: podWith({ resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] }),
    status: true,
    told: [
      'status.resourceClaimStatuses[0].name: Invalid value: "z": must match the name of an entry in `spec.resourceClaims`',
      `status.resourceClaimStatuses[0].name: Invalid value: "x_": ${subdomainRule}`,
      'status.resourceClaimStatuses[2].name: Duplicate value: "a"',
    ],
  },
  {
    kind: 'nodes',
    why: 'what a node has',
    object: {
      status: {
        addresses: [
          { type: 'InternalIP', address: 'a' },
          { type: 'InternalIP', address: 'a' },
        ],
        capacity: { cpu: '-1' },
        config: { assigned: {} },
        volumesAttached: [],
        images: [],
      },
    },
    old: {},
    status: true,
    told: [
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"a"}',
      'status.config.assigned: Invalid value: {"ConfigMap":null}: exactly one reference subfield must be non-nil',
    ],
  },
  {
    kind: 'nodes',
    why: 'addresses that are none',
    object: { spec: { podCIDR: '10.0.0.0/33' } },
    told: [
      'spec.podCIDRs[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    kind: 'nodes',
    why: 'a taint does something',
    object: {
      spec: { externalID: 'a', taints: [{ key: 'a', value: 'b', effect: '' }] },
      metadata: { annotations: { 'scheduler.alpha.kubernetes.io/preferAvoidPods': '{"preferAvoidPods":[{}]}' } },
    },
    told: ['metadata.taints[0].effect: Required value'],
  },
  {
    kind: 'persistentvolumes',
    why: 'where it can be used stays',
    object: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/a' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'b', operator: 'Exists' }] }] } },
      },
    },
    old: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/a' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } },
      },
    },
    told: [
      'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'a class is not taken away',
    object: {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' } },
    },
    old: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        csi: { driver: 'd', volumeHandle: 'h' },
        volumeAttributesClassName: 'a',
      },
    },
    told: ['spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden'],
  },
  {
    kind: 'persistentvolumes',
    why: 'names of drivers and secrets',
    object: {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        csi: {
          driver: 'd'.repeat(64),
          volumeHandle: 'h',
          nodeStageSecretRef: { name: 'a' },
          controllerPublishSecretRef: { namespace: 'b' },
        },
      },
    },
    told: [
      'spec.csi.driver: Too long: may not be more than 63 bytes',
      'spec.csi.controllerPublishSecretRef.name: Required value',
    ],
  },
  {
    kind: 'persistentvolumes',
    why: 'options of mounts',
    object: {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], local: { path: '' }, mountOptions: ['a'] },
      metadata: { annotations: { 'volume.beta.kubernetes.io/mount-options': 'x' } },
    },
    told: [
      'spec.local.path: Required value',
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
      'metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'what a claim got',
    object: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      status: {
        capacity: { storage: '-1', foo: '1' },
        accessModes: ['X'],
        conditions: [{ type: 'a', status: 'X' }],
        allocatedResources: { storage: '-1', foo: '1' },
        allocatedResourceStatuses: { storage: 'X', foo: 'y' },
      },
    },
    old: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    status: true,
    told: [
      'status.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
      'status.allocatedResourceStatus: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResourceStatus: Unsupported value: "foo": supported values: "storage"',
      'status.allocatedResourceStatus: Unsupported value: "foo": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity',
      'status.allocatedResources: Unsupported value: "foo": supported values: "storage"',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'an unbound claim stays',
    object: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } },
    old: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    told: [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -6,7 +6,7 @@\n  "Resources": {\n   "Limits": null,\n   "Requests": {\n-   "storage": "1Gi"\n+   "storage": "2Gi"\n   }\n  },\n  "VolumeName": "",\n',
    ],
  },
  {
    kind: 'persistentvolumeclaims',
    why: 'its class stays',
    object: {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'b', resources: { requests: { storage: '1Gi' } } },
    },
    old: {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'a', resources: { requests: { storage: '1Gi' } } },
    },
    told: [
      'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -10,7 +10,7 @@\n   }\n  },\n  "VolumeName": "",\n- "StorageClassName": "a",\n+ "StorageClassName": "b",\n  "VolumeMode": "Filesystem",\n  "DataSource": null,\n  "DataSourceRef": null,\n',
    ],
  },
  {
    kind: 'namespaces',
    why: 'the end comes with a time',
    object: { status: { phase: 'Terminating' }, metadata: { name: 'x' } },
    old: { status: { phase: 'Active' }, metadata: { name: 'x' } },
    status: true,
    told: [`status.Phase: Invalid value: "Terminating": may only be 'Active' if \`deletionTimestamp\` is empty`],
  },
  {
    kind: 'resourcequotas',
    why: 'what is used',
    object: { spec: { hard: { pods: '1' } }, status: { hard: { pods: '-1', x: '1' }, used: { cpu: '-1' } } },
    old: { spec: { hard: { pods: '1' } } },
    status: true,
    told: [
      'status.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
      'status.hard[x]: Invalid value: "x": must be a standard resource type or fully qualified',
      'status.hard[x]: Invalid value: "x": must be a standard resource for quota',
      'status.used[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  },
  {
    kind: 'resourcequotas',
    why: 'what a scope does not count',
    object: {
      spec: {
        hard: { 'requests.storage': '1', services: '1', configmaps: '1', 'count/x': '1' },
        scopes: ['BestEffort'],
      },
    },
    told: [
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
      'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
    ],
  },
  {
    kind: 'resourcequotas',
    why: 'unknown scopes',
    object: {
      spec: {
        hard: { persistentvolumeclaims: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'VolumeAttributesClass', operator: 'In', values: ['a'] },
            { scopeName: 'CrossNamespacePodAffinity', operator: 'Exists' },
            { scopeName: 'Foo', operator: 'Exists' },
          ],
        },
      },
    },
    told: [
      'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"VolumeAttributesClass","Operator":"In","Values":["a"]},{"ScopeName":"CrossNamespacePodAffinity","Operator":"Exists","Values":null},{"ScopeName":"Foo","Operator":"Exists","Values":null}]}: unsupported scope applied to resource',
      'spec.scopeSelector.matchExpressions.scopeName: Invalid value: "Foo": unsupported scope',
    ],
  },
  {
    kind: 'replicationcontrollers',
    why: 'more ready ones than there are',
    object: {
      spec: {
        replicas: 1,
        selector: { a: 'b' },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
      },
      status: { replicas: -1, readyReplicas: 5, availableReplicas: 6, fullyLabeledReplicas: 7, observedGeneration: -1 },
    },
    old: {
      spec: {
        replicas: 1,
        selector: { a: 'b' },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
      },
    },
    status: true,
    told: [
      'status.replicas: Invalid value: -1: must be greater than or equal to 0',
      'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
      'status.fullyLabeledReplicas: Invalid value: 7: cannot be greater than status.replicas',
      'status.readyReplicas: Invalid value: 5: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 6: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 6: cannot be greater than readyReplicas',
    ],
  },
  {
    kind: 'secrets',
    why: 'no kind is a kind',
    object: { type: '' },
    old: { type: 'a/b' },
    told: ['type: Invalid value: "Opaque": field is immutable'],
  },
  {
    kind: 'secrets',
    why: 'another account',
    object: {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'b' } },
    },
    old: {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'a' } },
    },
    told: [],
  },
  {
    kind: 'events',
    why: 'who tells it',
    object: {
      involvedObject: { namespace: 'n', kind: 'Pod' },
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingComponent: '',
      action: '',
      reason: '',
      type: 'X',
    },
    told: [
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      `reportingComponent: Invalid value: "": ${qualifiedRule}`,
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ],
  },
  {
    kind: 'events',
    why: 'its object is at home',
    object: { involvedObject: { kind: 'Node', name: 'x' } },
    told: ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
  },
  {
    kind: 'events.events.k8s.io',
    why: 'what happened stays',
    object: {
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingController: 'a/b',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r2',
      type: 'Normal',
      regarding: { namespace: 'n', kind: 'Pod' },
    },
    old: {
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingController: 'a/b',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
      regarding: { namespace: 'n', kind: 'Pod' },
    },
    told: ['reason: Invalid value: "r2": field is immutable', 'reason: Invalid value: "r2": field is immutable'],
  },
  {
    kind: 'limitranges',
    why: 'ratios and names',
    object: {
      spec: {
        limits: [
          {
            type: 'PersistentVolumeClaim',
            max: { storage: '1' },
            min: { storage: '2' },
            maxLimitRequestRatio: { storage: '2' },
          },
          {
            type: 'Container',
            maxLimitRequestRatio: { cpu: '2' },
            max: { foo: '1' },
            default: { 'hugepages-2Mi': '1' },
            defaultRequest: { 'example.com/x': '1' },
          },
        ],
      },
    },
    told: [
      'spec.limits[0].min[storage]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].maxLimitRequestRatio[storage]: Invalid value: "2": ratio 2 is greater than max/min = 0.500000',
      'spec.limits[1].max[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.limits[1].max[foo]: Invalid value: "foo": must be a standard resource for containers',
      'spec.limits[1].default[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.limits[1].default[foo]: Invalid value: "foo": must be a standard resource for containers',
      'spec.limits[1].defaultRequest[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.limits[1].defaultRequest[foo]: Invalid value: "foo": must be a standard resource for containers',
    ],
  },
  {
    kind: 'configmaps',
    why: 'a name is there when it is judged',
    object: { metadata: { name: '', generateName: 'a-' } },
    told: ['metadata.name: Required value: name or generateName is required'],
  },
  {
    kind: 'configmaps',
    why: 'who manages what',
    object: {
      metadata: {
        managedFields: [
          { operation: 'X', fieldsType: 'Y', manager: 'm'.repeat(129), subresource: 's'.repeat(257) },
          { manager: 'é\u0001', operation: 'Apply', fieldsType: 'FieldsV1' },
        ],
      },
    },
    told: [
      'metadata.managedFields[0].operation: Invalid value: "X": must be `Apply` or `Update`',
      'metadata.managedFields[0].fieldsType: Invalid value: "Y": must be `FieldsV1`',
      'metadata.managedFields[0].manager: Too long: may not be more than 128 bytes',
      'metadata.managedFields[0].subresource: Too long: may not be more than 256 bytes',
      'metadata.managedFields[1].manager: Invalid value: "é\\x01": invalid character U+0001 (at position 2)',
    ],
  },
];

/** Refusals of the core group’s small kinds, and of metadata. */
import { container } from './core-objects.ts';
import { subdomainRule, labelRule, qualifiedRule, labelValueRule, keyRule } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export const coreRefusals: readonly Refusal[] = [
  {
    kind: 'secrets',
    why: 'keys and kinds',
    object: { type: 'kubernetes.io/tls', data: { 'a/b': 'eA==' } },
    told: [
      `data[a/b]: Invalid value: "a/b": ${keyRule}`,
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ],
  },
  {
    kind: 'secrets',
    why: 'of a registry',
    object: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'eA==' } },
    told: [
      `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'x' looking for beginning of value`,
    ],
  },
  {
    kind: 'secrets',
    why: 'of an older registry',
    object: { type: 'kubernetes.io/dockercfg', data: {} },
    told: ['data[.dockercfg]: Required value'],
  },
  {
    kind: 'secrets',
    why: 'of an account',
    object: { type: 'kubernetes.io/service-account-token' },
    told: ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  },
  {
    kind: 'secrets',
    why: 'of a person',
    object: { type: 'kubernetes.io/basic-auth', data: {} },
    told: ['data[username]: Required value', 'data[password]: Required value'],
  },
  {
    kind: 'secrets',
    why: 'of a door',
    object: { type: 'kubernetes.io/ssh-auth', data: {} },
    told: ['data[ssh-privatekey]: Required value'],
  },
  {
    kind: 'configmaps',
    why: 'the same key twice',
    object: { data: { a: 'x', '..': 'y' }, binaryData: { a: 'eA==' } },
    told: [
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
      `data[..]: Invalid value: "..": must not be '..'`,
    ],
  },
  {
    kind: 'namespaces',
    why: 'names',
    object: { metadata: { name: 'A' }, spec: { finalizers: ['x', 'a/b c'] } },
    told: [
      `metadata.name: Invalid value: "A": ${labelRule}`,
      'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
      `spec.finalizers: Invalid value: "a/b c": ${qualifiedRule}`,
    ],
  },
  {
    kind: 'nodes',
    why: 'addresses and taints',
    object: {
      spec: {
        podCIDR: '10.0.0.0/24',
        podCIDRs: ['10.0.0.0/24', '10.0.1.0/24', 'x'],
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule' },
          { key: '', effect: 'X', value: 'a b' },
        ],
      },
      status: { capacity: { foo: '1', cpu: '-1' } },
    },
    told: [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      'metadata.taints[2].key: Invalid value: "": name part must be non-empty',
      `metadata.taints[2].key: Invalid value: "": ${qualifiedRule}`,
      `metadata.taints[2].value: Invalid value: "a b": ${labelValueRule}`,
      'metadata.taints[2].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      'spec.podCIDRs[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[2]: <nil> (invalid CIDR address: x)',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24","x"]: may specify no more than one CIDR for each IP family',
    ],
  },
  {
    kind: 'serviceaccounts',
    why: 'names',
    object: { metadata: { name: 'A_' } },
    told: [`metadata.name: Invalid value: "A_": ${subdomainRule}`],
  },
  {
    kind: 'limitranges',
    why: 'limits against each other',
    object: {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '1' },
            min: { cpu: '2' },
            default: { cpu: '3' },
            defaultRequest: { cpu: '4' },
            maxLimitRequestRatio: { cpu: '500m' },
          },
          { type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
          { type: 'Pod' },
          { type: 'PersistentVolumeClaim' },
          { type: 'x y', max: { 'a/b c': '1' } },
        ],
      },
    },
    told: [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "4": default request value 4 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "4": default request value 4 is greater than default limit value 3',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 3 is greater than max value 1',
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      "spec.limits[1].default: Forbidden: may not be specified when `type` is 'Pod'",
      "spec.limits[1].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
      'spec.limits[2].type: Duplicate value: "Pod"',
      'spec.limits[3].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      `spec.limits[4].type: Invalid value: "x y": ${qualifiedRule}`,
      `spec.limits[4].max[a/b c]: Invalid value: "a/b c": ${qualifiedRule}`,
    ],
  },
  {
    kind: 'resourcequotas',
    why: 'scopes that cannot stand together',
    object: {
      spec: {
        hard: { pods: '-1', foo: '1', 'requests.example.com/x': '1.5', cpu: '1' },
        scopes: ['Terminating', 'NotTerminating', 'BestEffort', 'X'],
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] },
            { scopeName: 'Terminating', operator: 'In', values: ['a'] },
            { scopeName: 'PriorityClass', operator: 'In' },
          ],
        },
      },
    },
    told: [
      'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      'spec.scopes: Invalid value: ["Terminating","NotTerminating","BestEffort","X"]: unsupported scope applied to resource',
      'spec.scopes: Invalid value: ["Terminating","NotTerminating","BestEffort","X"]: unsupported scope',
      'spec.scopes: Invalid value: ["Terminating","NotTerminating","BestEffort","X"]: conflicting scopes',
      `spec.scopeSelector.matchExpressions.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
      `spec.scopeSelector.matchExpressions.operator: Invalid value: "In": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
    ],
  },
  {
    kind: 'replicationcontrollers',
    why: 'selectors and amounts',
    object: {
      spec: {
        replicas: -1,
        minReadySeconds: -1,
        selector: { a: 'c' },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [container], restartPolicy: 'Never', activeDeadlineSeconds: 5 },
        },
      },
    },
    told: [
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
    ],
  },
  {
    kind: 'replicationcontrollers',
    why: 'nothing is said',
    object: { spec: {} },
    told: ['spec.selector: Required value', 'spec.template: Required value'],
  },
  {
    kind: 'podtemplates',
    why: 'no containers',
    object: { template: { metadata: { labels: { 'a b': 'c' } }, spec: { containers: [] } } },
    told: [`template.labels: Invalid value: "a b": ${qualifiedRule}`, 'template.spec.containers: Required value'],
  },
  {
    kind: 'events',
    why: 'far from its object',
    object: { involvedObject: { namespace: 'other', kind: 'Pod' } },
    told: ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  },
  {
    kind: 'events.events.k8s.io',
    why: 'nothing is said',
    object: { regarding: { namespace: 'n', kind: 'Pod' } },
    told: ['eventTime: Required value', 'type: Invalid value: "": has invalid value: '],
  },
  {
    kind: 'configmaps',
    why: 'everything wrong with metadata',
    object: {
      metadata: {
        name: 'A',
        generateName: 'b_',
        labels: { 'a b': 'c d' },
        annotations: { 'A b': '' },
        finalizers: ['x', 'a b'],
        ownerReferences: [
          { apiVersion: '', kind: '', name: '', uid: '', controller: true },
          { apiVersion: 'v1', kind: 'Event', name: 'e', uid: 'u', controller: true },
        ],
        generation: -1,
      },
    },
    told: [
      `metadata.generateName: Invalid value: "b_": ${subdomainRule}`,
      `metadata.name: Invalid value: "A": ${subdomainRule}`,
      'metadata.generation: Invalid value: -1: must be greater than or equal to 0',
      `metadata.labels: Invalid value: "a b": ${qualifiedRule}`,
      `metadata.labels: Invalid value: "c d": ${labelValueRule}`,
      `metadata.annotations: Invalid value: "A b": ${qualifiedRule}`,
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u","controller":true}: /v1, Kind=Event is disallowed from being an owner',
      'metadata.ownerReferences: Invalid value: [{"apiVersion":"","kind":"","name":"","uid":"","controller":true},{"apiVersion":"v1","kind":"Event","name":"e","uid":"u","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for / and Event/e',
      `metadata.finalizers: Invalid value: "a b": ${qualifiedRule}`,
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
      'metadata.finalizers[1]: Invalid value: "a b": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
];

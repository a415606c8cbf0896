/** Refusals of apps, autoscaling, policy, node, admissionregistration and resource. */
import { dns1035Rule, labelRule, subdomainRule } from './refusal.ts';
import type { Json, Refusal } from './refusal.ts';

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const selector = { matchLabels: { a: 'b' } };
const deployment = (spec: Json, status: Json = {}): Json => ({ spec: { selector, template, ...spec }, status });
const set = (spec: Json): Json => ({ spec: { selector, template, serviceName: 's', ...spec } });
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
const autoscaler = (spec: Json): Json => ({ spec: { maxReplicas: 3, scaleTargetRef: target, ...spec } });
const metric = (given: Json): Json => autoscaler({ metrics: [given] });
const hook = (given: Json): Json => ({
  webhooks: [
    {
      name: 'a.example.com',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: 'https://a/b' },
      rules: [{ apiGroups: ['a'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['b'] }],
      ...given,
    },
  ],
});
const url = (text: string): Json => hook({ clientConfig: { url: text } });
const form = 'desired format: https://host[/path]';
const claim = (devices: Json): Json => ({ spec: { devices } });
const exactly = { deviceClassName: 'c' };
const pool = { name: 'p', generation: 1, resourceSliceCount: 1 };
const slice = (spec: Json): Json => ({ spec: { driver: 'd', pool, nodeName: 'n', ...spec } });
const first = 'spec.metrics[0]';
const ofRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

const apiService = {
  metadata: { name: 'v1.g' },
  spec: { group: 'g', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 },
};

export const controlRefusals: readonly Refusal[] = [
  {
    kind: 'deployments.apps',
    why: 'the selector of a change is shown as a selector',
    object: deployment({
      selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'Exists' }] },
      template: { ...template, metadata: { labels: { a: 'b', k: '1' } } },
    }),
    old: deployment({}),
    told: [
      'spec.selector: Invalid value: {"matchLabels":{"a":"b"},"matchExpressions":[{"key":"k","operator":"Exists"}]}: field is immutable',
    ],
  },
  {
    kind: 'deployments.apps',
    why: 'counts of a status that do not fit',
    object: deployment({}, { replicas: 1, readyReplicas: 2, availableReplicas: 3, collisionCount: 1 }),
    old: deployment({}, { collisionCount: 2 }),
    status: true,
    told: [
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ],
  },
  {
    kind: 'statefulsets.apps',
    why: 'what may not change is told after what is wrong',
    object: set({ serviceName: 't', replicas: -1 }),
    old: set({}),
    told: [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
  },
  {
    kind: 'horizontalpodautoscalers.autoscaling',
    why: 'a target without a group',
    object: autoscaler({ scaleTargetRef: { ...target, apiVersion: 'v1' } }),
    told: ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
  },
  {
    kind: 'horizontalpodautoscalers.autoscaling',
    why: 'a metric without a type',
    object: metric({ type: '' }),
    told: [
      `${first}.type: Required value: must specify a metric source type`,
      `${first}.type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"`,
      `${first}.type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"`,
    ],
  },
  {
    kind: 'horizontalpodautoscalers.autoscaling',
    why: 'a type of target that is none, and an amount that is not positive',
    object: metric({ type: 'Pods', pods: { metric: { name: '' }, target: { type: 'X', value: '0' } } }),
    told: [
      `${first}.pods.metric.name: Required value: must specify a metric name`,
      `${first}.pods.target.type: Invalid value: "X": must be either Utilization, Value, or AverageValue`,
      `${first}.pods.target.value: Invalid value: "0": must be positive`,
      `${first}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
    ],
  },
  {
    kind: 'horizontalpodautoscalers.autoscaling',
    why: 'another source than the type says',
    object: metric({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 1 } },
      external: { metric: { name: 'a/b' }, target: { type: 'Value', value: '1', averageValue: '1' } },
    }),
    told: [
      `${first}.external.metric.name: Invalid value: "a/b": may not contain '/'`,
      `${first}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`,
      `${first}.external: Forbidden: must populate the given metric source only`,
    ],
  },
  {
    kind: 'horizontalpodautoscalers.autoscaling',
    why: 'an empty list of policies is no absent one',
    object: autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: -1, policies: [] } } }),
    told: [
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero',
      'spec.behavior.scaleDown.policies: Required value: must specify at least one Policy',
    ],
  },
  {
    kind: 'poddisruptionbudgets.policy',
    why: 'its name is any segment of a path',
    object: { metadata: { name: 'A_b' }, spec: { minAvailable: 1, selector } },
    told: [],
  },
  {
    kind: 'poddisruptionbudgets.policy',
    why: 'conditions of a status are whole',
    object: { spec: {}, status: { conditions: [{ type: 'a b', status: 'X', reason: '1' }] } },
    old: { spec: {} },
    status: true,
    told: [
      "status.conditions[0].type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      'status.conditions[0].lastTransitionTime: Required value: must be set',
      "status.conditions[0].reason: Invalid value: \"1\": a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')",
    ],
  },
  {
    kind: 'runtimeclasses.node.k8s.io',
    why: 'a handler is a label',
    object: { handler: 'A.b' },
    told: [`handler: Invalid value: "A.b": ${labelRule}`],
  },
  {
    kind: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
    why: 'nothing but a name',
    object: { webhooks: [{ name: 'A.b' }] },
    told: [
      `webhooks[0].name: Invalid value: "A.b": ${subdomainRule}`,
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
    ],
  },
  {
    kind: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
    why: 'stars beside resources',
    object: hook({
      rules: [
        {
          operations: ['*', 'CREATE'],
          apiGroups: [],
          apiVersions: [''],
          resources: ['a/*', 'a/b', '*/c', 'd/c', '', '*', 'e'],
        },
      ],
    }),
    told: [
      `webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations`,
      'webhooks[0].rules[0].apiGroups: Required value',
      'webhooks[0].rules[0].apiVersions[0]: Required value',
      `webhooks[0].rules[0].resources[1]: Invalid value: "a/b": if 'a/*' is present, must not specify a/b`,
      `webhooks[0].rules[0].resources[3]: Invalid value: "d/c": if '*/c' is present, must not specify d/c`,
      'webhooks[0].rules[0].resources[4]: Required value',
      `webhooks[0].rules[0].resources: Invalid value: ["a/*","a/b","*/c","d/c","","*","e"]: if '*' is present, must not specify other resources without subresources`,
    ],
  },
  ...(
    [
      [
        'a',
        [
          `Invalid value: "": 'https' is the only allowed URL scheme; ${form}`,
          `Invalid value: "": host must be specified; ${form}`,
        ],
      ],
      ['https://u:p@h', ['Invalid value: "u:p": user information is not permitted in the URL']],
      [
        'https://h:x',
        [`Required value: url must be a valid URL: parse "https://h:x": invalid port ":x" after host; ${form}`],
      ],
      ['://h', [`Required value: url must be a valid URL: parse "://h": missing protocol scheme; ${form}`]],
    ] as const
  ).map(([text, told]) => ({
    kind: 'validatingwebhookconfigurations.admissionregistration.k8s.io',
    why: `a URL such as ${text}`,
    object: url(text),
    told: told.map(what => `webhooks[0].clientConfig.url: ${what}`),
  })),
  {
    kind: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    why: 'a service without a namespace is told at its name',
    object: hook({ clientConfig: { service: { name: 's', path: '//' } } }),
    told: [
      'webhooks[0].clientConfig.service.name: Required value',
      'webhooks[0].clientConfig.service.path: Invalid value: "//": segment[0] may not be empty',
    ],
  },
  {
    kind: 'mutatingwebhookconfigurations.admissionregistration.k8s.io',
    why: 'side effects that were stored before the rule stay',
    object: hook({ sideEffects: 'Some' }),
    old: hook({ sideEffects: 'Unknown' }),
    told: [],
  },
  {
    kind: 'resourceclaims.resource.k8s.io',
    why: 'requests have names, each once',
    object: claim({ requests: [{ name: '', exactly }, { name: 'a', exactly }, { name: 'a' }] }),
    told: [
      `spec.devices.requests[0].name: Invalid value: "": ${labelRule}`,
      'spec.devices.requests[2]: Required value: exactly one of `exactly` or `firstAvailable` is required',
      'spec.devices.requests[2].name: Duplicate value: "a"',
    ],
  },
  {
    kind: 'resourceclaims.resource.k8s.io',
    why: 'how many, and of which class',
    object: claim({
      requests: [
        { name: 'a', exactly: { deviceClassName: '', allocationMode: 'X' } },
        { name: 'b', exactly: { ...exactly, allocationMode: 'All', count: 2 } },
        { name: 'c', firstAvailable: [{ name: 'd', ...exactly, count: -1 }] },
      ],
    }),
    told: [
      'spec.devices.requests[0].exactly.deviceClassName: Required value',
      'spec.devices.requests[0].exactly.allocationMode: Unsupported value: "X": supported values: "All", "ExactCount"',
      "spec.devices.requests[1].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
      'spec.devices.requests[2].firstAvailable[0].count: Invalid value: -1: must be greater than zero',
    ],
  },
  {
    kind: 'resourceclaims.resource.k8s.io',
    why: 'constraints and configuration name requests that are there',
    object: claim({
      requests: [{ name: 'a', exactly }],
      constraints: [{ requests: ['b'], matchAttribute: 'x' }, {}],
      config: [{ requests: ['a', 'a'] }],
    }),
    told: [
      `spec.devices.constraints[0].requests[0]: Invalid value: "b": ${ofRequest}`,
      'spec.devices.constraints[0].matchAttribute: Invalid value: "x": must include a domain',
      'spec.devices.constraints[1].matchAttribute: Required value',
      'spec.devices.config[0].requests[1]: Duplicate value: "a"',
      'spec.devices.config[0].opaque: Required value',
    ],
  },
  {
    kind: 'resourceclaims.resource.k8s.io',
    why: 'nobody reserves what is not allocated',
    object: { ...claim({}), status: { reservedFor: [{ resource: 'pods', name: '', uid: 'u' }] } },
    old: claim({}),
    status: true,
    told: [
      'status.reservedFor[0].name: Required value',
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ],
  },
  {
    kind: 'resourceslices.resource.k8s.io',
    why: 'attributes of devices',
    object: slice({ devices: [{ name: 'd', attributes: { '/a': { version: '1' }, 'a.b/': { string: 'x' }, c: {} } }] }),
    told: [
      'spec.devices[0].attributes[/a]: Required value: the domain must not be empty',
      'spec.devices[0].attributes[/a].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
      'spec.devices[0].attributes[a.b/]: Required value: the name must not be empty',
      'spec.devices[0].attributes[c]: Required value: exactly one value must be specified',
    ],
  },
  {
    kind: 'resourceslices.resource.k8s.io',
    why: 'whose it is stays',
    object: slice({ driver: 'e', allNodes: false, nodeName: 'm' }),
    old: slice({}),
    told: [
      'spec.driver: Invalid value: "e": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
      'spec.allNodes: Invalid value: false: must be either unset or set to true',
    ],
  },
  {
    kind: 'runtimeclasses.node.k8s.io',
    why: 'tolerations of what it schedules',
    object: { metadata: { name: 'a' }, handler: 'h', scheduling: { tolerations: [{ key: 'a', operator: 'Near' }] } },
    told: ['scheduling.tolerations[0].operator: Unsupported value: "Near": supported values: "Equal", "Exists"'],
  },
  {
    kind: 'apiservices.apiregistration.k8s.io',
    why: 'a local one needs no certificates',
    object: {
      metadata: { name: '1.g' },
      spec: { group: 'g', version: '1', groupPriorityMinimum: 1, versionPriority: 1, caBundle: 'AAAA' },
    },
    told: [
      `spec.version: Invalid value: "1": ${dns1035Rule}`,
      'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
    ],
  },
  {
    kind: 'apiservices.apiregistration.k8s.io',
    why: 'ports',
    object: {
      metadata: { name: 'v1.g' },
      spec: {
        group: 'g',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: { namespace: 'a', name: 'b', port: 0 },
      },
    },
    told: ['spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive'],
  },
  {
    kind: 'apiservices.apiregistration.k8s.io',
    why: 'states of conditions',
    object: { ...apiService, status: { conditions: [{ type: 'Available', status: 'Maybe' }] } },
    old: apiService,
    status: true,
    told: ['status.conditions[0].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"'],
  },
  {
    kind: 'roles.rbac.authorization.k8s.io',
    why: 'a change is judged as new and as changed',
    object: { metadata: { name: 'a', namespace: 'b' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] },
    old: { metadata: { name: 'a', namespace: 'b' } },
    told: [
      'rules[0].verbs: Required value: verbs must contain at least one value',
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ],
  },
];

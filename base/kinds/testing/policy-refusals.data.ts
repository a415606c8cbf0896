/** Refusals of flowcontrol.apiserver.k8s.io and certificates.k8s.io. */
import { labelRule } from './refusal.ts';
import type { Json, Refusal } from './refusal.ts';

const schema = (rules: Json, spec: Json = {}): Json => ({
  spec: {
    priorityLevelConfiguration: { name: 'p' },
    rules: [{ subjects: [{ kind: 'User', user: { name: 'u' } }], ...rules }],
    ...spec,
  },
});
const level = (spec: Json, name = 'x'): Json => ({ metadata: { name }, spec });
const limited = (given: Json): Json => level({ type: 'Limited', limited: given });
const request = btoa('-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n');
const signing = (spec: Json, status: Json = {}): Json => ({
  spec: { request, signerName: 'a.b/c', usages: ['any'], ...spec },
  status,
});
const urls = { nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] };
const verbs = '"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"';

export const policyRefusals: readonly Refusal[] = [
  {
    kind: 'flowschemas.flowcontrol.apiserver.k8s.io',
    why: 'verbs, stars beside others, and namespaces',
    object: schema({
      resourceRules: [
        { verbs: ['get', 'x'], apiGroups: ['*', 'a'], resources: ['*', 'b'], namespaces: ['A', '*', 'b'] },
        { verbs: ['*', 'get'], apiGroups: ['a'], resources: ['b'], namespaces: ['A'] },
      ],
    }),
    told: [
      `spec.rules[0].resourceRules[0].verbs: Unsupported value: ["get","x"]: supported values: ${verbs}`,
      `spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
      `spec.rules[0].resourceRules[0].resources: Invalid value: ["*","b"]: if '*' is present, must not specify other resources`,
      `spec.rules[0].resourceRules[0].namespaces: Invalid value: ["A","*","b"]: if '*' is present, must not specify other namespaces`,
      `spec.rules[0].resourceRules[1].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
      `spec.rules[0].resourceRules[1].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; ${labelRule}`,
    ],
  },
  {
    kind: 'flowschemas.flowcontrol.apiserver.k8s.io',
    why: 'paths begin with a slash and end with the only star',
    object: schema({
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['', 'a', '/a b', '//', '/a*', '/*/b', '/a/*', '/'] }],
    }),
    told: [
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain white-space',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "//": must not contain double slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a*": wildcard can only do suffix matching',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[5]: Invalid value: "/*/b": wildcard can only do suffix matching',
    ],
  },
  {
    kind: 'flowschemas.flowcontrol.apiserver.k8s.io',
    why: 'subjects of one kind have nothing of the others',
    object: schema({
      ...urls,
      subjects: [
        { kind: 'X' },
        { kind: 'User', group: { name: 'g' } },
        { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } },
      ],
    }),
    told: [
      'spec.rules[0].subjects[0].kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"',
      "spec.rules[0].subjects[1].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[1].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'spec.rules[0].subjects[2].serviceAccount.namespace: Required value: must specify namespace for service account',
    ],
  },
  {
    kind: 'flowschemas.flowcontrol.apiserver.k8s.io',
    why: 'how flows are told apart',
    object: schema(urls, { distinguisherMethod: { type: 'X' }, matchingPrecedence: 10001 }),
    told: [
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
    ],
  },
  {
    kind: 'flowschemas.flowcontrol.apiserver.k8s.io',
    why: 'the last one stays as it is',
    object: {
      metadata: { name: 'catch-all' },
      spec: { priorityLevelConfiguration: { name: 'p' }, matchingPrecedence: 10000 },
    },
    told: [
      'spec: Invalid value: {"PriorityLevelConfiguration":{"Name":"p"},"MatchingPrecedence":10000,"DistinguisherMethod":null,"Rules":null}: ' +
        "spec of 'catch-all' must equal the fixed value",
    ],
  },
  {
    kind: 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
    why: 'only one level is exempt',
    object: level({ type: 'Exempt', exempt: { lendablePercent: 101 } }),
    told: [
      `spec.type: Invalid value: "Exempt": type must be 'Exempt' if and only if name is 'exempt'`,
      'spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
    ],
  },
  {
    kind: 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
    why: 'a hand of too many queues',
    object: limited({ limitResponse: { type: 'Queue', queuing: { queues: 512, handSize: 8 } } }),
    told: [
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60',
    ],
  },
  {
    kind: 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
    why: 'what the exempt level lends may change',
    object: level({ type: 'Exempt', exempt: { nominalConcurrencyShares: 5 } }, 'exempt'),
    told: [],
  },
  {
    kind: 'certificatesigningrequests.certificates.k8s.io',
    why: 'no signer, no usages',
    object: signing({ signerName: '', usages: [] }),
    told: ['spec.usages: Required value', 'spec.signerName: Required value'],
  },
  {
    kind: 'certificatesigningrequests.certificates.k8s.io',
    why: 'a signer without a full domain, or with a bad path',
    object: signing({ signerName: 'a/B_', usages: ['any', 'any'], expirationSeconds: 1 }),
    told: [
      'spec.usages[1]: Duplicate value: "any"',
      'spec.signerName: Invalid value: "a": should be a domain with at least two segments separated by dots',
      `spec.signerName: Invalid value: "B_": validating label "B_": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
      'spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  },
  {
    kind: 'certificatesigningrequests.certificates.k8s.io',
    why: 'the older signer',
    object: signing({ signerName: 'kubernetes.io/legacy-unknown' }),
    told: [
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ],
  },
];

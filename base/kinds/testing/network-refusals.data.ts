/** Refusals of networking.k8s.io, discovery.k8s.io and storage.k8s.io. */
import { dns1035Rule, labelRule, subdomainRule } from './refusal.ts';
import type { Json, Refusal } from './refusal.ts';

const ingress = (spec: Json): Json => ({ spec });
const rule = (path: Json, host?: string): Json => ingress({ rules: [{ host, http: { paths: [path] } }] });
const backend = { service: { name: 's', port: { number: 80 } } };
const policy = (spec: Json): Json => ({ spec: { podSelector: {}, ...spec } });
const port = (given: Json): Json => policy({ ingress: [{ ports: [given] }] });
const ipBlock = (given: Json): Json => policy({ ingress: [{ from: [{ ipBlock: given }] }] });
const slice = (given: Json): Json => ({ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ...given });
const ingressClass = (parameters: Json): Json => ({ spec: { controller: 'a.b/c', parameters } });
const path = 'spec.rules[0].http.paths[0]';
const here = 'spec.ingress[0]';

export const networkRefusals: readonly Refusal[] = [
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'no type of path: nothing else of it is looked at',
    object: rule({ path: '//', backend: {} }),
    told: [`${path}.pathType: Required value: pathType must be specified`],
  },
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'a type of path that is none',
    object: rule({ path: 'x', pathType: 'Regex', backend }),
    told: [
      `${path}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
    ],
  },
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'a backend without anything, one without a port, one with two',
    object: ingress({
      defaultBackend: {},
      rules: [
        {
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: '1s' } } },
              { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { name: 'a', number: 1 } } } },
              { path: '/', pathType: 'Prefix', backend: { resource: { apiGroup: '', kind: 'a/b', name: '' } } },
            ],
          },
        },
      ],
    }),
    told: [
      'spec.defaultBackend: Invalid value: "": resource or service backend is required',
      `${path}.backend.service.name: Invalid value: "1s": ${dns1035Rule}`,
      `${path}.backend: Required value: port name or number is required`,
      'spec.rules[0].http.paths[1].backend: Invalid value: "": cannot set both port name & port number',
      `spec.rules[0].http.paths[2].backend.resource.apiGroup: Invalid value: "": ${subdomainRule}`,
      'spec.rules[0].http.paths[2].backend.resource.kind: Invalid value: "a/b": may not contain \'/\'',
      'spec.rules[0].http.paths[2].backend.resource.name: Required value',
    ],
  },
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'an address as a host is told as an address and as a name',
    object: rule({ path: '/', pathType: 'Prefix', backend }, '::1'),
    told: [
      'spec.rules[0].host: Invalid value: "::1": must be a DNS name, not an IP address',
      `spec.rules[0].host: Invalid value: "::1": ${subdomainRule}`,
    ],
  },
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'the older annotation beside the class is not looked at in a change',
    object: {
      metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } },
      spec: { defaultBackend: backend, ingressClassName: 'b' },
    },
    old: ingress({ defaultBackend: backend }),
    told: [],
  },
  {
    kind: 'ingresses.networking.k8s.io',
    why: 'a status with what is no address and no name',
    object: {
      ...ingress({ defaultBackend: backend }),
      status: { loadBalancer: { ingress: [{ ip: 'x' }, { hostname: '10.0.0.1' }] } },
    },
    old: ingress({ defaultBackend: backend }),
    status: true,
    told: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
  },
  {
    kind: 'ingressclasses.networking.k8s.io',
    why: 'parameters without names, in a namespace that is none',
    object: ingressClass({ apiGroup: '', kind: '', name: 'a%b', scope: 'Namespace', namespace: 'A' }),
    told: [
      `spec.parameters.apiGroup: Invalid value: "": ${subdomainRule}`,
      'spec.parameters.kind: Required value',
      'spec.parameters.name: Invalid value: "a%b": may not contain \'%\'',
      `spec.parameters.namespace: Invalid value: "A": ${labelRule}`,
    ],
  },
  {
    kind: 'ingressclasses.networking.k8s.io',
    why: 'parameters of a namespace without it, of the cluster with one, and of neither',
    object: ingressClass({ kind: 'K', name: 'n', scope: 'X', namespace: 'a' }),
    told: ['spec.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"'],
  },
  {
    kind: 'networkpolicies.networking.k8s.io',
    why: 'protocols stand in the order of the specification',
    object: port({ protocol: 'X', port: 0 }),
    told: [
      `${here}.ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"`,
      `${here}.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive`,
    ],
  },
  {
    kind: 'networkpolicies.networking.k8s.io',
    why: 'the end of a range of ports, beside a name or below the first',
    object: policy({ ingress: [{ ports: [{ port: 'A', endPort: 3 }, { port: 9, endPort: 3 }, { endPort: 3 }] }] }),
    told: [
      `${here}.ports[0].endPort: Invalid value: 3: may not be specified when \`port\` is non-numeric`,
      `${here}.ports[0].port: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${here}.ports[0].port: Invalid value: "A": must contain at least one letter (a-z)`,
      `${here}.ports[1].endPort: Invalid value: 3: must be greater than or equal to \`port\``,
      `${here}.ports[2].endPort: Invalid value: 3: may not be specified when \`port\` is not specified`,
    ],
  },
  {
    kind: 'networkpolicies.networking.k8s.io',
    why: 'zeros before octets are taken, a peer without anything is not',
    object: policy({ ingress: [{ from: [{ ipBlock: { cidr: '010.0.0.0/08', except: ['10.0.0.0/8'] } }, {}] }] }),
    told: [
      `${here}.from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of \`cidr\``,
      `${here}.from[1]: Required value: must specify a peer`,
    ],
  },
  {
    kind: 'networkpolicies.networking.k8s.io',
    why: 'a range that was stored before stays',
    object: ipBlock({ cidr: 'old' }),
    old: ipBlock({ cidr: 'old' }),
    told: [],
  },
  {
    kind: 'ipaddresses.networking.k8s.io',
    why: 'an address has one name',
    object: { metadata: { name: '2001:DB8::1' }, spec: { parentRef: { group: 'A', resource: 'a/b', name: '' } } },
    told: [
      'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
      `spec.parentRef.group: Invalid value: "A": ${subdomainRule}`,
      'spec.parentRef.resource: Invalid value: "a/b": may not contain \'/\'',
      'spec.parentRef.name: Required value',
    ],
  },
  {
    kind: 'servicecidrs.networking.k8s.io',
    why: 'three ranges',
    object: { spec: { cidrs: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'] } },
    told: [
      'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/24","10.0.1.0/24","10.0.2.0/24"]}: may only hold up to 2 values',
    ],
  },
  {
    kind: 'servicecidrs.networking.k8s.io',
    why: 'a range written in another way, and two of one family',
    object: { spec: { cidrs: ['2001:DB8::/64', '2001:db8:1::/64'] } },
    told: [
      'spec.cidrs[0]: Invalid value: "2001:DB8::/64": must be in canonical form ("2001:db8::/64")',
      'spec.cidrs: Invalid value: ["2001:DB8::/64","2001:db8:1::/64"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  },
  {
    kind: 'servicecidrs.networking.k8s.io',
    why: 'a range of the other family may be added, and none changed',
    object: { spec: { cidrs: ['10.1.0.0/24'] } },
    old: { spec: { cidrs: ['10.0.0.0/24'] } },
    told: ['spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable'],
  },
  {
    kind: 'endpointslices.discovery.k8s.io',
    why: 'full names have two labels',
    object: slice({ addressType: 'FQDN', endpoints: [{ addresses: ['a', '', 'a.b.', 'A.b'] }] }),
    told: [
      'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
      'endpoints[0].addresses[1]: Required value',
      `endpoints[0].addresses[3]: Invalid value: "A.b": ${subdomainRule}`,
    ],
  },
  {
    kind: 'endpointslices.discovery.k8s.io',
    why: 'hints name a zone once',
    object: slice({
      endpoints: [
        { addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }, { name: 'a' }], forNodes: [{ name: 'B_' }] } },
      ],
    }),
    told: [
      'endpoints[0].hints.forZones[1].name: Duplicate value: "a"',
      `endpoints[0].hints.forNodes[0].name: Invalid value: "B_": ${subdomainRule}`,
    ],
  },
  {
    kind: 'storageclasses.storage.k8s.io',
    why: 'keys and values of a topology stand once',
    object: {
      provisioner: 'a/b',
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: 'k', values: ['a', 'a'] },
            { key: 'k', values: ['b'] },
          ],
        },
      ],
    },
    told: [
      'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "k"',
    ],
  },
  {
    kind: 'storageclasses.storage.k8s.io',
    why: 'two topologies that ask for the same',
    object: {
      provisioner: 'a/b',
      allowedTopologies: [
        { matchLabelExpressions: [{ key: 'k', values: ['a', 'b'] }] },
        { matchLabelExpressions: [{ key: 'k', values: ['b', 'a'] }] },
      ],
    },
    told: ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  },
  {
    kind: 'csidrivers.storage.k8s.io',
    why: 'policies, audiences, times and modes',
    object: {
      spec: {
        fsGroupPolicy: 'X',
        tokenRequests: [
          { audience: 'a', expirationSeconds: 1 },
          { audience: 'a' },
          { audience: 'b', expirationSeconds: 5000000000 },
        ],
        volumeLifecycleModes: ['Y'],
        nodeAllocatableUpdatePeriodSeconds: 9,
      },
    },
    told: [
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[2].expirationSeconds: Invalid value: 5000000000: may not specify a duration larger than 2^32 seconds',
      'spec.volumeLifecycleModes: Unsupported value: "Y": supported values: "Persistent", "Ephemeral"',
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
  },
  {
    kind: 'csinodes.storage.k8s.io',
    why: 'what a driver calls a node stays',
    object: { spec: { drivers: [{ name: 'a', nodeID: 'z', topologyKeys: ['k'] }] } },
    old: { spec: { drivers: [{ name: 'a', nodeID: 'y', topologyKeys: ['k'], allocatable: { count: 1 } }] } },
    told: [
      'spec.drivers: Invalid value: {"Name":"a","NodeID":"z","TopologyKeys":["k"],"Allocatable":null}: field is immutable',
    ],
  },
  {
    kind: 'volumeattachments.storage.k8s.io',
    why: 'an attacher, a node and a source',
    object: { spec: { attacher: 'A_', nodeName: 'n', source: { persistentVolumeName: '' } } },
    told: [
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
      `spec.attacher: Invalid value: "A_": ${subdomainRule}`,
      `spec.source.persistentVolumeName: Invalid value: "": ${subdomainRule}`,
    ],
  },
  {
    kind: 'volumeattachments.storage.k8s.io',
    why: 'its specification stays',
    object: { spec: { attacher: 'a', nodeName: 'm', source: { persistentVolumeName: 'p' } } },
    old: { spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'p' } } },
    told: [
      'spec: Invalid value: {"Attacher":"a","Source":{"PersistentVolumeName":"p","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
    ],
  },
];

/** Refusals of services and endpoints. */
import { service } from './core-objects.ts';
import { subdomainRule, labelRule, qualifiedRule, labelValueRule } from './refusal.ts';
import type { Refusal } from './refusal.ts';

export const serviceRefusals: readonly Refusal[] = [
  {
    kind: 'services',
    why: 'kinds and ports',
    object: service({
      type: 'X',
      sessionAffinity: 'Y',
      ports: [
        { port: 0, protocol: 'Z' },
        { port: 70000, name: 'A_', targetPort: 'B_' },
      ],
    }),
    told: [
      'spec.ports[0].name: Required value',
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].protocol: Unsupported value: "Z": supported values: "SCTP", "TCP", "UDP"',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
      `spec.ports[1].name: Invalid value: "A_": ${labelRule}`,
      'spec.ports[1].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ports[1].targetPort: Invalid value: "B_": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ports[1].targetPort: Invalid value: "B_": must contain at least one letter (a-z)',
      'spec.sessionAffinity: Unsupported value: "Y": supported values: "ClientIP", "None"',
      'spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  },
  {
    kind: 'services',
    why: 'ports stand once',
    object: service({
      ports: [
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
        { name: 'c', port: 1 },
        { port: 3, nodePort: 4, appProtocol: 'a b' },
      ],
    }),
    told: [
      'spec.ports[1].name: Duplicate value: "a"',
      'spec.ports[3].name: Required value',
      `spec.ports[3].appProtocol: Invalid value: "a b": ${qualifiedRule}`,
      "spec.ports[3].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
      'spec.ports[2]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":1,"TargetPort":0,"NodePort":0}',
    ],
  },
  {
    kind: 'services',
    why: 'another name',
    object: {
      spec: {
        type: 'ExternalName',
        externalName: 'A_b',
        clusterIP: 'None',
        clusterIPs: ['None'],
        ipFamilyPolicy: 'SingleStack',
        ipFamilies: ['IPv4'],
      },
    },
    told: [
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
      'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
      `spec.externalName: Invalid value: "A_b": ${subdomainRule}`,
    ],
  },
  {
    kind: 'services',
    why: 'another name is missing',
    object: { spec: { type: 'ExternalName' } },
    told: ['spec.externalName: Required value'],
  },
  {
    kind: 'services',
    why: 'addresses',
    object: service({
      clusterIP: '1.2.3.4',
      clusterIPs: ['1.2.3.4', '1.2.3.5', 'x'],
      externalIPs: ['127.0.0.1', 'x', '0.0.0.0'],
      ipFamilies: ['IPv4', 'IPv4', 'IPv6'],
      ipFamilyPolicy: 'X',
    }),
    told: [
      'spec.ipFamilies[1]: Duplicate value: "IPv4"',
      'spec.ipFamilyPolicy: Unsupported value: "X": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
      'spec.clusterIPs[2]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.clusterIPs: Invalid value: ["1.2.3.4","1.2.3.5","x"]: may only hold up to 2 values',
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
    ],
  },
  {
    kind: 'services',
    why: 'a first address of its own',
    object: service({ clusterIP: '1.2.3.4', clusterIPs: ['None', '1.2.3.4'] }),
    told: [
      'spec.clusterIPs: Invalid value: ["None","1.2.3.4"]: first value must match `clusterIP`',
      `spec.clusterIPs: Invalid value: ["None","1.2.3.4"]: 'None' must be the first and only value`,
    ],
  },
  {
    kind: 'services',
    why: 'who waits how long',
    object: service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } }),
    told: [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  },
  {
    kind: 'services',
    why: 'waiting without affinity',
    object: service({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
    told: [],
  },
  {
    kind: 'services',
    why: 'balancers',
    object: service({
      type: 'ClusterIP',
      loadBalancerSourceRanges: ['10.0.0.0/8'],
      loadBalancerClass: 'a/b',
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 5,
      internalTrafficPolicy: 'X',
      trafficDistribution: 'Y',
    }),
    told: [
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      "spec.healthCheckNodePort: Invalid value: 5: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      'spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"',
      'spec.trafficDistribution: Unsupported value: "Y": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  },
  {
    kind: 'services',
    why: 'whom a balancer lets in',
    object: service({
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: true,
      loadBalancerSourceRanges: [' 10.0.0.0/8', '10.0.0.1', 'x'],
      loadBalancerClass: 'A b',
      externalTrafficPolicy: 'Cluster',
      healthCheckNodePort: 5,
    }),
    told: [
      'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.1": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.LoadBalancerSourceRanges[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      `spec.loadBalancerClass: Invalid value: "A b": ${qualifiedRule}`,
      "spec.healthCheckNodePort: Invalid value: 5: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  },
  {
    kind: 'services',
    why: 'a labelled selector',
    object: service({ selector: { 'a b': 'c d' } }),
    told: [
      `spec.selector: Invalid value: "a b": ${qualifiedRule}`,
      `spec.selector: Invalid value: "c d": ${labelValueRule}`,
    ],
  },
  {
    kind: 'endpoints',
    why: 'who answers',
    object: {
      subsets: [
        {},
        {
          addresses: [{ ip: '127.0.0.1' }, { ip: 'x', hostname: 'A', nodeName: 'B_' }, { ip: '169.254.1.1' }],
          ports: [
            { port: 0, protocol: 'X' },
            { port: 1, name: 'A_' },
          ],
        },
      ],
    },
    told: [
      'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
      'subsets[1].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'subsets[1].addresses[1].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      `subsets[1].addresses[1].hostname: Invalid value: "A": ${labelRule}`,
      `subsets[1].addresses[1].nodeName: Invalid value: "B_": ${subdomainRule}`,
      'subsets[1].addresses[1].ip: Invalid value: "x": must be a valid IP address',
      'subsets[1].addresses[2].ip: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'subsets[1].ports[0].name: Required value',
      'subsets[1].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'subsets[1].ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      `subsets[1].ports[1].name: Invalid value: "A_": ${labelRule}`,
    ],
  },
];

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Node, Pod, PodSpec } from '@orrery/kinds/types';
import { admit } from './admission.ts';
import { container, pod } from './fixtures.ts';

const node: Node = {
  metadata: { name: 'n1', labels: { zone: 'z1', size: '4' } },
  spec: {
    taints: [
      { key: 'gone', value: 'x', effect: 'NoExecute' },
      { key: 'soft', effect: 'NoSchedule' },
    ],
  },
  status: { allocatable: { cpu: '2', memory: '4Gi', pods: '3' } },
};
const tolerations = [{ key: 'gone', operator: 'Exists' as const }];
const asks = (requests: Record<string, string>) => [container('a', { resources: { requests } })];
const other = (name: string, spec: Partial<PodSpec> = {}, status?: Pod['status']) =>
  pod(spec, { name, uid: name }, status);
const verdict = (spec: Partial<PodSpec>, others: Pod[] = []) =>
  admit({ pod: pod({ tolerations, ...spec }), node, others, allowedUnsafeSysctls: [] });

suite('admission on the node', () => {
  const term = (operator: string, values?: string[], key = 'zone') => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator: operator as 'In', ...(values && { values }) }] }],
        },
      },
    },
  });
  const hostPort = (port: number, more = {}) => ({
    containers: [container('a', { ports: [{ containerPort: 80, hostPort: port, ...more }] })],
  });
  const rows: [string, ReturnType<typeof verdict>, string | undefined, string?][] = [
    ['fits', verdict({}), undefined],
    [
      'too much CPU',
      verdict({ containers: asks({ cpu: '1500m' }) }, [other('o', { containers: asks({ cpu: '1' }) })]),
      'OutOfcpu',
      "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
    ],
    [
      'too much memory',
      verdict({ containers: asks({ memory: '5Gi' }) }),
      'OutOfmemory',
      "Node didn't have enough resource: memory, requested: 5368709120, used: 0, capacity: 4294967296",
    ],
    [
      'just enough',
      verdict({ containers: asks({ cpu: '1' }) }, [other('o', { containers: asks({ cpu: '1' }) })]),
      undefined,
    ],
    [
      'ended pods free what they had',
      verdict({ containers: asks({ cpu: '2' }) }, [
        other('o', { containers: asks({ cpu: '1' }) }, { phase: 'Succeeded' }),
      ]),
      undefined,
    ],
    [
      'too many pods',
      verdict({}, [other('1'), other('2'), other('3')]),
      'OutOfpods',
      "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    ],
    ['it is not counted twice', verdict({}, [other('1'), other('2'), pod()]), undefined],
    ['a resource the node does not know', verdict({ containers: asks({ 'example.com/gpu': '1' }) }), undefined],
    [
      'another node',
      verdict({ nodeName: 'n2' }),
      'NodeName',
      "Predicate NodeName failed: node(s) didn't match the requested node name",
    ],
    ['selector', verdict({ nodeSelector: { zone: 'z1' } }), undefined],
    [
      'selector that differs',
      verdict({ nodeSelector: { zone: 'z2' } }),
      'NodeAffinity',
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    ['In', verdict(term('In', ['z1', 'z2'])), undefined],
    ['NotIn', verdict(term('NotIn', ['z1'])), 'NodeAffinity'],
    ['Exists', verdict(term('Exists')), undefined],
    ['DoesNotExist', verdict(term('DoesNotExist')), 'NodeAffinity'],
    ['Gt', verdict(term('Gt', ['3'], 'size')), undefined],
    ['Lt', verdict(term('Lt', ['3'], 'size')), 'NodeAffinity'],
    [
      'a port that is taken',
      verdict(hostPort(80), [other('o', hostPort(80))]),
      'NodePorts',
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ],
    [
      'the same port of another protocol',
      verdict(hostPort(80, { protocol: 'UDP' }), [other('o', hostPort(80))]),
      undefined,
    ],
    [
      'the same port of another address',
      verdict(hostPort(80, { hostIP: '10.0.0.1' }), [other('o', hostPort(80, { hostIP: '10.0.0.2' }))]),
      undefined,
    ],
    ['an untolerated taint', verdict({ tolerations: [] }), 'TaintToleration'],
    ['a toleration by value', verdict({ tolerations: [{ key: 'gone', value: 'x', effect: 'NoExecute' }] }), undefined],
    ['another system', verdict({ os: { name: 'windows' } }), 'PodOSNotSupported'],
    ['a sysctl', verdict({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }), 'SysctlForbidden'],
  ];
  for (const [name, found, reason, message] of rows) {
    test(name, () => {
      assert.equal(found?.reason, reason);
      if (message) assert.equal(found?.message, message);
    });
  }
});

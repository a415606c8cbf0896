/** Which nodes get certificates by themselves: a table of honest machines and of attacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest, Node } from '@orrery/kinds/types';
import { asksToJoin, asksToServe, joinGroup, judgeJoin, judgeServing, type Surroundings } from './nodes.ts';
import type { RequestFacts } from './signers.ts';

type Spec = CertificateSigningRequest['spec'];

const node = (name: string, ...addresses: string[]): Node =>
  ({
    metadata: { name },
    status: {
      addresses: [
        ...addresses.map(address => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: '198.51.100.1' },
      ],
    },
  }) as Node;

const around: Surroundings = {
  nodes: [node('a', '192.0.2.1'), node('b', '192.0.2.2')],
  apiNames: ['localhost', 'kubernetes', 'kubernetes.default.svc', 'a', '127.0.0.1', '10.43.0.1', '192.0.2.1', 'api'],
  promised: name => (name === 'joining' ? 'first' : undefined),
};

const facts = (commonName: string, more: Partial<RequestFacts> = {}): RequestFacts => ({
  ...{ commonName, organizations: ['system:nodes'], dnsNames: [], addresses: [], emails: [], uris: [], ...more },
});

const joinSpec = {
  ...{ signerName: 'kubernetes.io/kube-apiserver-client-kubelet', usages: ['digital signature', 'client auth'] },
  ...{ username: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', joinGroup, 'system:authenticated'] },
} as unknown as Spec;

test('whose requests are ours', () => {
  const rows: [what: string, spec: Partial<Spec>, joins: boolean, serves: boolean][] = [
    ['a machine with a token', {}, true, false],
    ['a token for other things', { groups: ['system:bootstrappers', 'system:authenticated'] }, false, false],
    ['a person who is in the group', { username: 'jane' }, false, false],
    ['a token that asks to serve', { signerName: 'kubernetes.io/kubelet-serving' }, false, false],
    ['a token that asks for a client of its own', { signerName: 'kubernetes.io/kube-apiserver-client' }, false, false],
    [
      'a node that asks to serve',
      { signerName: 'kubernetes.io/kubelet-serving', username: 'system:node:c', groups: ['system:nodes'] },
      ...([false, true] as const),
    ],
    [
      'somebody with the name of a node',
      { signerName: 'kubernetes.io/kubelet-serving', username: 'system:node:c', groups: ['system:authenticated'] },
      ...([false, false] as const),
    ],
  ];
  for (const [what, change, joins, serves] of rows) {
    const spec = { ...joinSpec, ...change };
    assert.deepEqual([asksToJoin(spec), asksToServe(spec)], [joins, serves], what);
  }
});

test('a token adds a node, and takes over none', () => {
  const rows: [what: string, asked: RequestFacts, change: Partial<Spec>, denied: RegExp | undefined][] = [
    ['a new name', facts('system:node:c'), {}, undefined],
    ['a name with dots', facts('system:node:c.example.com'), {}, undefined],
    ['the name of a node', facts('system:node:b'), {}, /node "b" is there already: .* "kubectl delete node b"/],
    ['that of the server', facts('system:node:a'), {}, /"a" is a name of the API server/],
    ['one that pods call the API by', facts('system:node:kubernetes.default.svc'), {}, /a name of the API server/],
    ['loopback’s', facts('system:node:localhost'), {}, /a name of the API server/],
    ['one promised to another', facts('system:node:joining'), {}, /"kubectl delete csr first"/],
    ['no name', facts('system:node:'), {}, /"" is no name of a node/],
    ['an odd one', facts('system:node:A b'), {}, /"A b" is no name of a node/],
    ['an administrator', facts('system:node:c', { organizations: ['system:masters'] }), {}, /not system:nodes/],
    ['both', facts('system:node:c', { organizations: ['system:nodes', 'x'] }), {}, /not system:nodes/],
    ['another user', facts('system:kube-scheduler'), {}, /does not begin with system:node:/],
    ['a server', facts('system:node:c', { dnsNames: ['c'] }), {}, /DNS subjectAltNames are not allowed/],
    ['to serve too', facts('system:node:c'), { usages: ['client auth', 'server auth'] }, /usages did not match/],
  ];
  for (const [what, asked, change, denied] of rows) {
    const verdict = judgeJoin('second', asked, { ...joinSpec, ...change } as Spec, around);
    assert.equal(verdict?.type, denied ? 'Denied' : 'Approved', what);
    if (denied) assert.match(verdict!.message, denied, what);
  }
  assert.equal(judgeJoin('first', facts('system:node:joining'), joinSpec, around)?.type, 'Approved', 'its own promise');
});

test('a node serves as itself alone', () => {
  const spec = {
    ...{ signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] },
    ...{ username: 'system:node:b', groups: ['system:nodes', 'system:authenticated'] },
  } as unknown as Spec;
  const served = (dnsNames: string[], addresses: string[], commonName = 'system:node:b') =>
    facts(commonName, { dnsNames, addresses });
  const rows: [what: string, asked: RequestFacts, expected: string][] = [
    ['its name and address', served(['b'], ['192.0.2.2']), 'Approved'],
    ['its name alone', served(['b'], []), 'Approved'],
    ['an address that it does not tell (yet)', served(['b'], ['192.0.2.9']), 'waits'],
    ['a Hostname that looks like an address', served(['b'], ['198.51.100.1']), 'waits'],
    ['the server’s address', served(['b'], ['192.0.2.1']), 'Denied'],
    ['the service of the API', served(['b'], ['10.43.0.1']), 'Denied'],
    ['loopback', served(['b'], ['127.0.0.5']), 'Denied'],
    ['another node’s name', served(['a'], []), 'Denied'],
    ['a name of the API', served(['b', 'kubernetes'], []), 'Denied'],
    ['any name', served(['b', '*.example.com'], []), 'Denied'],
    ['another node', served(['a'], [], 'system:node:a'), 'Denied'],
    ['nothing', served([], []), 'Denied'],
  ];
  for (const [what, asked, expected] of rows)
    assert.equal(judgeServing(asked, spec, around)?.type ?? 'waits', expected, what);
  const unknown = { ...around, nodes: [] };
  assert.equal(judgeServing(served(['b'], []), spec, unknown), undefined, 'before there is a Node');
  const claims = { ...around, nodes: [node('b', '192.0.2.1', '192.0.2.3'), node('c', '192.0.2.3')] };
  for (const address of ['192.0.2.1', '192.0.2.3'])
    assert.equal(judgeServing(served(['b'], [address]), spec, claims)?.type, 'Denied', `it claims ${address}`);
});

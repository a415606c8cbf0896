import { test } from 'node:test';
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import type { Node } from '@orrery/kinds/types';
import {
  differenceOf,
  entriesOf,
  guardStatements,
  overlayAddress,
  overlayMac,
  peersOf,
  type Peer,
  type Self,
} from './peers.ts';

const self: Self = {
  nodeName: 'a',
  address: '192.0.2.1',
  podCIDR: '10.42.0.0/24',
  podCIDRs: ['10.42.0.0/16'],
};

/** @param born second of its creation */
const node = (name: string, podCIDR: string | undefined, address: string | undefined, born = 1): Node =>
  ({
    metadata: { name, creationTimestamp: `2026-01-01T00:00:${String(born).padStart(2, '0')}Z` },
    spec: { podCIDR },
    status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] },
  }) as Node;

test('whose pods are reached, and where', () => {
  const rows: [what: string, nodes: Node[], expected: string[]][] = [
    ['nobody else', [node('a', '10.42.0.0/24', '192.0.2.1')], []],
    ['another', [node('b', '10.42.1.0/24', '192.0.2.2')], ['10.42.1.0/24 192.0.2.2']],
    ['one without addresses for pods yet', [node('b', undefined, '192.0.2.2')], []],
    ['one that does not say where it is', [node('b', '10.42.1.0/24', undefined)], []],
    ['one that has nothing but loopback', [node('b', '10.42.1.0/24', '127.0.0.1')], []],
    ['one that says it is here', [node('b', '10.42.1.0/24', '192.0.2.1')], []],
    ['of the other family', [node('b', 'fd00:1::/64', '192.0.2.2')], []],
    ['a range of nobody’s pods', [node('b', '198.51.100.0/24', '192.0.2.2')], []],
    ['the ranges of all', [node('b', '10.42.0.0/16', '192.0.2.2')], []],
    ['our own range', [node('b', '10.42.0.0/24', '192.0.2.2')], []],
    ['a part of ours', [node('b', '10.42.0.128/25', '192.0.2.2')], []],
    [
      'two of one range: the older has it',
      [node('b', '10.42.1.0/24', '192.0.2.2', 9), node('c', '10.42.1.0/24', '192.0.2.3', 8)],
      ['10.42.1.0/24 192.0.2.3'],
    ],
    ['nonsense', [node('b', '10.42.1.0/33', '192.0.2.2'), node('c', '10.42.999.0/24', '192.0.2.3')], []],
  ];
  for (const [what, nodes, expected] of rows)
    deepEqual(
      peersOf(nodes, self).map(({ podCIDR, address }) => `${podCIDR} ${address}`),
      expected,
      what,
    );
});

test('a node’s place on the overlay follows from its range', () => {
  deepEqual([overlayAddress('10.42.7.0/24'), overlayMac('10.42.7.0/24')], ['10.42.7.0', '02:6f:0a:2a:07:00']);
  equal(overlayAddress('10.42.7.128/25'), '10.42.7.128');
  throws(() => overlayAddress('fd00::/64'), RangeError);
});

const b: Peer = { podCIDR: '10.42.1.0/24', address: '192.0.2.2' };
const c: Peer = { podCIDR: '10.42.2.0/24', address: '192.0.2.3' };

test('only what differs is written, and what goes goes first', () => {
  const entries = (...peers: Peer[]) => peers.flatMap(entriesOf);
  deepEqual(differenceOf([], entries(b)), {
    ip: [
      'route replace 10.42.1.0/24 via 10.42.1.0 dev orrery-vxlan onlink',
      'neigh replace 10.42.1.0 lladdr 02:6f:0a:2a:01:00 dev orrery-vxlan nud permanent',
    ],
    bridge: ['fdb replace 02:6f:0a:2a:01:00 dev orrery-vxlan dst 192.0.2.2 self permanent'],
  });
  deepEqual(differenceOf(entries(b, c), entries(b, c)), { ip: [], bridge: [] });
  deepEqual(differenceOf(entries(b, c), entries(b)), {
    ip: ['route del 10.42.2.0/24 dev orrery-vxlan', 'neigh del 10.42.2.0 dev orrery-vxlan'],
    bridge: ['fdb del 02:6f:0a:2a:02:00 dev orrery-vxlan dst 192.0.2.3 self'],
  });
  deepEqual(differenceOf(entries(b), entries({ ...b, address: '192.0.2.9' })), {
    ip: [],
    bridge: [
      'fdb del 02:6f:0a:2a:01:00 dev orrery-vxlan dst 192.0.2.2 self',
      'fdb replace 02:6f:0a:2a:01:00 dev orrery-vxlan dst 192.0.2.9 self permanent',
    ],
  });
});

test('only machines of the cluster hand packets in', () => {
  match(guardStatements([b, c, b]).join('\n'), /machines \{ 192\.0\.2\.2, 192\.0\.2\.3 \}/);
});

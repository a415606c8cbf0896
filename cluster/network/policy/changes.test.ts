/** Rules that follow changes one by one are those that all of it gives at once, and a change costs little. */
import { test } from 'node:test';
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { LabelSelector, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from '@orrery/kinds/types';
import { seededRandom } from '@orrery/machinery/random';
import { compilePolicy } from './compile.ts';
import { fixedSets, type Changes } from './journal.ts';
import { podView } from './pods.ts';
import { PolicyState } from './state.ts';
import { policyStatements, wholePolicies } from './statements.ts';
import { isAllowed, keyOf, passes, stateOf, type World } from './testing.ts';

const here = 'here';

/** What a kernel holds that was told changes; it complains of what a kernel would. */
class Kernel {
  readonly sets = new Map<string, Map<string, string>>(Object.keys(fixedSets).map(name => [name, new Map()]));
  readonly chains = new Map<string, string>();

  apply({ newSets, goneSets, elements, newChains, changedChains, goneChains }: Changes): void {
    for (const [name] of newSets) {
      ok(!this.sets.has(name), `${name} is there`);
      this.sets.set(name, new Map());
    }
    for (const [name, chain] of newChains) {
      ok(!this.chains.has(name), `${name} is there`);
      this.chains.set(name, JSON.stringify(chain));
    }
    for (const [name, chain] of changedChains) {
      ok(this.chains.has(name), `${name} is not there`);
      this.chains.set(name, JSON.stringify(chain));
    }
    for (const [name, { gone, added }] of elements) {
      const set = this.sets.get(name)!;
      for (const key of gone) ok(set.delete(key), `${key} is not in ${name}`);
      for (const [key = '', value = ''] of added) {
        ok(!set.has(key), `${key} is in ${name}`);
        set.set(key, value);
      }
    }
    for (const name of goneChains) ok(this.chains.delete(name), `${name} is not there`);
    for (const name of goneSets) ok(this.sets.delete(name), `${name} is not there`);
    this.#namesNothingMissing();
  }

  #namesNothingMissing(): void {
    for (const chain of this.chains.values()) {
      for (const [, jump] of chain.matchAll(/"jump":"([^"]+)"/g)) ok(this.chains.has(jump!), `${jump} is gone`);
      for (const [, set] of chain.matchAll(/"set":"([^"]+)"/g)) ok(this.sets.has(set!), `${set} is gone`);
    }
    for (const name of ['ingress-pods', 'egress-pods'])
      for (const chain of this.sets.get(name)!.values()) ok(this.chains.has(chain), `${chain} is gone`);
  }

  get content(): object {
    const sorted = <T>(map: Map<string, T>) => Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return {
      sets: sorted(new Map([...this.sets].map(([name, elements]) => [name, sorted(elements)]))),
      chains: sorted(this.chains),
    };
  }
}

const random = seededRandom(7);
const below = (count: number): number => Math.floor(random.float() * count);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
const some = <T>(list: readonly T[]): T[] => list.filter(() => below(3) === 0);

const labels = () => ({ app: oneOf(['a', 'b', 'c']), ...(below(2) === 0 && { tier: oneOf(['front', 'back']) }) });
const selector = () =>
  oneOf<LabelSelector>([{}, { matchLabels: { app: oneOf(['a', 'b']) } }, { matchLabels: { tier: 'front' } }]);
const peer = (): NetworkPolicyPeer =>
  oneOf<() => NetworkPolicyPeer>([
    () => ({ podSelector: selector() }),
    () => ({ namespaceSelector: selector() }),
    () => ({ podSelector: selector(), namespaceSelector: selector() }),
    () => ({ ipBlock: { cidr: '10.42.0.0/28', except: some(['10.42.0.1/32', '10.42.0.8/29']) } }),
  ])();
const portOf = (): NetworkPolicyPort =>
  oneOf<NetworkPolicyPort>([
    { port: 80 },
    { port: 'web' },
    { port: 'web', protocol: 'UDP' },
    { port: 79, endPort: 81 },
    {},
  ]);
const rules = () =>
  Array.from({ length: below(3) }, () => ({
    peers: some([peer(), peer(), peer()]),
    ports: some([portOf(), portOf()]),
  }));

const names = Array.from({ length: 8 }, (_, at) => `p${at}`);
const namespaceNames = ['n0', 'n1', 'n2'];
const addresses = Array.from({ length: 12 }, (_, at) => `10.42.0.${at}`);

const randomPod = (namespace: string, name: string, taken: ReadonlySet<string>): Pod => {
  const podIP = oneOf(addresses.filter(address => !taken.has(address)));
  return {
    metadata: { name, namespace, labels: labels() },
    spec: {
      nodeName: oneOf([here, here, 'there']),
      ...(below(8) === 0 && { hostNetwork: true }),
      containers: [
        { name: 'c', ports: [{ name: 'web', containerPort: oneOf([80, 82]), protocol: oneOf(['TCP', 'UDP']) }] },
      ],
    },
    status: { phase: oneOf(['Running', 'Running', 'Pending', 'Failed']), ...(below(6) > 0 && { podIP }) },
  };
};
const randomPolicy = (namespace: string, name: string): NetworkPolicy => ({
  metadata: { name, namespace },
  spec: {
    podSelector: selector(),
    ...(below(2) === 0 && { policyTypes: oneOf([['Ingress'], ['Egress'], ['Ingress', 'Egress']]) }),
    ingress: rules().map(({ peers, ports }) => ({ from: peers, ports })),
    egress: rules().map(({ peers, ports }) => ({ to: peers, ports })),
  } as NetworkPolicy['spec'],
});

test('four hundred random changes: the rules followed are the rules made anew, and do what the API says', () => {
  const state = new PolicyState();
  const kernel = new Kernel();
  const pods = new Map<string, Pod>();
  const policies = new Map<string, NetworkPolicy>();
  const namespaces = new Map<string, Record<string, string>>();
  const changeOne = () => {
    const namespace = oneOf(namespaceNames);
    const key = `${namespace}/${oneOf(names)}`;
    const [, name = ''] = key.split('/');
    const what = below(10);
    if (what < 6) {
      pods.delete(key);
      if (below(4) > 0)
        pods.set(key, randomPod(namespace, name, new Set([...pods.values()].map(each => each.status!.podIP ?? ''))));
      const now = pods.get(key);
      state.setPod(key, now && podView(now, here));
    } else if (what < 9) {
      if (below(4) > 0) policies.set(key, randomPolicy(namespace, name));
      else policies.delete(key);
      const now = policies.get(key);
      state.setPolicy(key, now && compilePolicy(now));
    } else {
      if (below(5) > 0) namespaces.set(namespace, labels());
      else namespaces.delete(namespace);
      state.setNamespace(namespace, namespaces.get(namespace) ?? null);
    }
  };
  for (let round = 0; round < 400; round++) {
    for (let left = 1 + below(3); left > 0; left--) changeOne();
    kernel.apply(state.changes());
    const world: World = {
      namespaces: Object.fromEntries(namespaces),
      pods: [...pods.values()],
      policies: [...policies.values()],
    };
    const anew = new Kernel();
    const fresh = stateOf(world, here);
    anew.apply(fresh.everything());
    deepEqual(kernel.content, anew.content);
    const isHere = (address: string) =>
      [...pods.values()].some(({ spec, status }) => status?.podIP === address && spec.nodeName === here);
    for (let left = 20; left > 0; left--) {
      const packet = {
        from: oneOf(addresses),
        to: oneOf(addresses),
        protocol: oneOf(['tcp', 'udp', 'icmp'] as const),
        port: oneOf([79, 80, 82]),
      };
      // The other node is not asked here.
      if (!isHere(packet.from) || !isHere(packet.to)) continue;
      const got = passes(state, 'egress', packet) && passes(state, 'ingress', packet);
      equal(got, isAllowed(world, packet), JSON.stringify(packet));
    }
  }
});

const podOf = (at: number, nodeName: string, app = `app-${at % 10}`): Pod => ({
  metadata: { name: `pod-${at}`, namespace: `n${at % 100}`, labels: { app } },
  spec: { nodeName, containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 80 }] }] },
  status: { phase: 'Running', podIP: `10.${42 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}` },
});

/** A thousand policies in a hundred namespaces; five thousand pods, a hundred of them here. */
function large(): PolicyState {
  const state = new PolicyState();
  for (let at = 0; at < 100; at++) state.setNamespace(`n${at}`, { team: `t${at % 10}` });
  for (let at = 0; at < 5000; at++)
    state.setPod(keyOf(podOf(at, '')), podView(podOf(at, at < 100 ? here : 'there'), here));
  for (let at = 0; at < 1000; at++) {
    const policy: NetworkPolicy = {
      metadata: { name: `policy-${at}`, namespace: `n${at % 100}` },
      spec: {
        podSelector: at % 2 ? {} : { matchLabels: { app: `app-${at % 10}` } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { team: `t${at % 10}` } },
                podSelector: { matchLabels: { app: `app-${at % 7}` } },
              },
            ],
          },
          { from: [{ podSelector: {} }], ports: [{ port: 'web' }] },
        ],
        egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: `app-${at % 10}` } } }] }],
      },
    };
    state.setPolicy(keyOf(policy), compilePolicy(policy));
  }
  state.everything();
  return state;
}

test('a change among a thousand policies and five thousand pods is few statements', () => {
  const state = large();
  const statements = (change: () => void): number => {
    change();
    return policyStatements(state.changes()).length;
  };
  const set = (pod: Pod) => state.setPod(keyOf(pod), podView(pod, here));
  const counts = {
    'a pod elsewhere gets another label': statements(() => set(podOf(4200, 'there', 'app-3'))),
    'a pod elsewhere goes': statements(() => state.setPod(keyOf(podOf(4201, '')), undefined)),
    'a pod elsewhere comes': statements(() => set(podOf(4201, 'there'))),
    'a pod like one that is here comes': statements(() =>
      set({ ...podOf(5000, here, 'app-0'), metadata: { ...podOf(0, '').metadata, name: 'new' } }),
    ),
    'it goes': statements(() => state.setPod('n0/new', undefined)),
    'a namespace that nobody’s labels ask for comes': statements(() => state.setNamespace('other', { team: 'other' })),
    'a policy goes': statements(() => state.setPolicy('n1/policy-1', undefined)),
    'nothing changes': statements(() => set(podOf(4200, 'there', 'app-3'))),
  };
  deepEqual(
    Object.entries(counts).filter(([what, count]) => count > (what === 'a policy goes' ? 40 : 20)),
    [],
    JSON.stringify(counts),
  );
  equal(counts['nothing changes'], 0);
  equal(counts['a namespace that nobody’s labels ask for comes'], 0);
});

test('sets and chains are there only for pods of this node', () => {
  const state = large();
  for (let at = 0; at < 100; at++) state.setPod(keyOf(podOf(at, '')), undefined);
  const script = wholePolicies(state.everything(), { podCIDRs: ['10.42.0.0/16'], bridge: 'b' });
  deepEqual(
    script.filter(line => /-of-|-by-|pods-[0-9a-f]{16}|ports-/.test(line)),
    [],
  );
  const empty = wholePolicies(new PolicyState().everything(), { podCIDRs: ['10.42.0.0/16'], bridge: 'b' });
  deepEqual(script, empty);
});

test('the whole table replaces what was there in one transaction', () => {
  const script = wholePolicies(new PolicyState().everything(), { podCIDRs: ['10.42.0.0/16'], bridge: 'b' });
  deepEqual(script.slice(0, 2), ['add table inet orrery-policy', 'delete table inet orrery-policy']);
});

test('where two pods have one address, it is the one that began last, and not one that is going', () => {
  const state = new PolicyState();
  const at = (name: string, metadata: object): Pod => ({
    ...podOf(1, here),
    metadata: { name, namespace: 'n1', labels: { app: name }, ...metadata },
  });
  const old = at('old', { creationTimestamp: '2026-01-01T00:00:00Z' });
  const policy: NetworkPolicy = {
    metadata: { name: 'one', namespace: 'n1' },
    spec: { podSelector: { matchLabels: { app: 'old' } } },
  };
  state.setPolicy('n1/one', compilePolicy(policy));
  state.setPod('n1/old', podView(old, here));
  equal(state.isIsolated('10.42.0.1'), true);
  const young = at('young', { creationTimestamp: '2026-01-02T00:00:00Z' });
  state.setPod('n1/young', podView(young, here));
  equal(state.isIsolated('10.42.0.1'), false);
  state.setPod(
    'n1/young',
    podView(at('young', { ...young.metadata, deletionTimestamp: '2026-01-03T00:00:00Z' }), here),
  );
  equal(state.isIsolated('10.42.0.1'), true);
});

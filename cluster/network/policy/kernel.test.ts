/** The rules in a real kernel: pods as network namespaces on a node's bridge and a client beyond it, with real packets between them. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { equal, ok } from 'node:assert/strict';
import type { NetworkPolicy } from '@orrery/kinds/types';
import { rulesetOf } from '../proxy/ruleset.ts';
import { wholeTable } from '../proxy/statements.ts';
import { compilePolicy } from './compile.ts';
import { PolicyState } from './state.ts';
import { policyStatements, wholePolicies } from './statements.ts';
import type { PodView } from './pods.ts';

const id = `orrery-policy-${process.pid}`;
const options = { podCIDRs: ['10.42.0.0/16'], bridge: 'brp' };
const gateway = '10.42.0.1';
const machine = '192.168.77.1';
const client = '192.168.77.2';

const net = (name: string): string => `--net=/run/netns/${id}-${name}`;
const inside = (name: string, command: string): string =>
  execFileSync('nsenter', [net(name), ...command.split(' ')], { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
const nft = (statements: readonly string[]) =>
  execFileSync('nsenter', [net('node'), 'nft', '-f', '-'], { input: `${statements.join('\n')}\n` });

/** Answers with the address it was asked from, on TCP and UDP; asks when it is told to, and holds connections open. */
const program = `
const net = require('net'), dgram = require('dgram');
const from = address => address.replace('::ffff:', '');
for (const port of [80, 81]) net.createServer(s => { s.on('error', () => {}); s.on('data', d => s.write(d)); s.write(from(s.remoteAddress)); }).listen(port);
const names = dgram.createSocket('udp4');
names.on('message', (m, peer) => names.send(peer.address, peer.port, peer.address));
const held = new Map();
const ask = ({ protocol, address, port, waitMs }, done) => {
  const timer = setTimeout(() => { end(); done('nothing'); }, waitMs);
  let end = () => {};
  if (protocol === 'udp') {
    const s = dgram.createSocket('udp4');
    end = () => s.close();
    s.on('message', m => { clearTimeout(timer); end(); done(String(m)); });
    s.send('?', port, address);
    const again = setInterval(() => s.send('?', port, address), 200);
    end = () => { clearInterval(again); s.close(); };
    return;
  }
  const s = net.connect(port, address);
  end = () => s.destroy();
  s.on('error', e => { clearTimeout(timer); done(e.code); });
  s.once('data', d => { clearTimeout(timer); end(); done(String(d)); });
};
const hold = ({ name, address, port }, done) => {
  const s = net.connect(port, address);
  s.on('error', () => {});
  s.once('data', () => { held.set(name, s); done('open'); });
};
const say = ({ name, waitMs }, done) => {
  const s = held.get(name);
  const timer = setTimeout(() => { s.removeAllListeners('data'); done('nothing'); }, waitMs);
  s.once('data', d => { clearTimeout(timer); done(String(d)); });
  s.write('still there');
};
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const { number, what, ...rest } = JSON.parse(line);
  ({ ask, hold, say })[what](rest, answer => console.log(JSON.stringify({ number, answer })));
});
names.bind(53, () => console.log(JSON.stringify({ number: 0, answer: 'up' })));
`;

class Place {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: string) => void>();
  readonly up: Promise<string>;
  #number = 0;

  constructor(name: string) {
    this.#process = spawn('nsenter', [net(name), process.execPath, '-e', program]);
    this.#process.stderr.pipe(process.stderr);
    this.up = new Promise(resolve => this.#waiting.set(0, resolve));
    createInterface({ input: this.#process.stdout }).on('line', line => {
      const { number, answer } = JSON.parse(line) as { number: number; answer: string };
      this.#waiting.get(number)?.(answer);
    });
  }

  tell(what: 'ask' | 'hold' | 'say', rest: object): Promise<string> {
    const number = ++this.#number;
    const answered = new Promise<string>(resolve => this.#waiting.set(number, resolve));
    this.#process.stdin.write(`${JSON.stringify({ number, what, ...rest })}\n`);
    return answered;
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }
}

const places = new Map<string, Place>();

function join(name: string, device: string, address: string, router: string, onBridge: boolean): void {
  execFileSync('ip', ['netns', 'add', `${id}-${name}`]);
  inside('node', `ip link add ${device} type veth peer name eth0 netns ${id}-${name}`);
  if (onBridge) {
    inside('node', `ip link set ${device} master brp up`);
    inside('node', `ip link set ${device} type bridge_slave hairpin on`);
  }
  inside(name, 'ip link set lo up');
  inside(name, `ip address add ${address}/24 dev eth0`);
  inside(name, 'ip link set eth0 up');
  inside(name, `ip route add default via ${router}`);
}

const addresses = { a: '10.42.0.2', b: '10.42.0.3', c: '10.42.0.4' } as const;
type Name = keyof typeof addresses;
const service = '10.43.0.5';
const dnsService = '10.43.0.10';

before(async () => {
  execFileSync('ip', ['netns', 'add', `${id}-node`]);
  for (const command of [
    'ip link set lo up',
    'ip link add brp type bridge',
    `ip address add ${gateway}/24 dev brp`,
    'ip link set brp up',
    'ip route add 10.43.0.0/16 dev brp',
    'sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1',
  ])
    inside('node', command);
  for (const [name, address] of Object.entries(addresses)) join(name, `v-${name}`, address, gateway, true);
  join('client', 'uplink', client, machine, false);
  inside('node', `ip address add ${machine}/24 dev uplink`);
  inside('node', 'ip link set uplink up');
  for (const name of ['node', 'client', ...Object.keys(addresses)]) places.set(name, new Place(name));
  for (const place of places.values()) await place.up;
  const port = (name: string, protocol: 'tcp' | 'udp', clusterIP: string, number: number, target: string) => ({
    name,
    protocol,
    clusterIPs: [clusterIP],
    externalIPs: [],
    port: number,
    nodePort: number === 80 ? 30080 : 0,
    affinitySeconds: 0,
    inside: [{ address: target, port: number, local: true }],
    outside: [{ address: target, port: number, local: true }],
    keepSource: false,
  });
  nft(
    wholeTable(
      rulesetOf(
        [port('n/b:', 'tcp', service, 80, addresses.b), port('kube-system/kube-dns:', 'udp', dnsService, 53, gateway)],
        options.podCIDRs,
      ),
      { ...options, serviceCIDRs: ['10.43.0.0/16'] },
    ),
  );
});

after(() => {
  for (const place of places.values()) place.end();
  for (const name of ['client', ...Object.keys(addresses), 'node'])
    execFileSync('ip', ['netns', 'del', `${id}-${name}`]);
});

const pod = (name: Name, namespace: string): PodView => ({
  key: `${namespace}/${name}`,
  namespace,
  labels: { app: name },
  address: addresses[name],
  ports: [{ name: 'web', protocol: 'tcp', port: name === 'b' ? 81 : 80 }],
  local: true,
  since: '',
});

/** a and b in one namespace, c in another; cluster DNS on the bridge. */
function cluster(): PolicyState {
  const state = new PolicyState([machine]);
  for (const name of ['red', 'blue', 'kube-system']) state.setNamespace(name, { name });
  for (const view of [pod('a', 'red'), pod('b', 'red'), pod('c', 'blue')]) state.setPod(view.key, view);
  state.setPod('dns', {
    ...pod('a', 'kube-system'),
    key: 'dns',
    labels: { 'k8s-app': 'kube-dns' },
    address: gateway,
    ports: [{ name: 'dns', protocol: 'udp', port: 53 }],
    local: false,
    onlyAnswers: true,
  });
  return state;
}

const policy = (spec: NetworkPolicy['spec'], namespace = 'red', name = 'one'): NetworkPolicy => ({
  metadata: { name, namespace },
  spec,
});
const setPolicy = (state: PolicyState, { metadata, spec }: NetworkPolicy) =>
  state.setPolicy(`${metadata.namespace}/${metadata.name}`, compilePolicy({ metadata, spec }));

function rules(...policies: NetworkPolicy[]): PolicyState {
  const state = cluster();
  for (const each of policies) setPolicy(state, each);
  nft(wholePolicies(state.everything(), options));
  return state;
}

const of = (app: string) => ({ podSelector: { matchLabels: { app } } });
const denyAll = policy({ podSelector: {}, policyTypes: ['Ingress'] });
const denyOut = policy({ podSelector: {}, policyTypes: ['Egress'] });

/** What is allowed may take its time; what is not is not waited for long: an answer that came later would be missed, never invented. */
const patienceMs = 30_000;
const doubtMs = 600;
const target = (to: string): string => addresses[to as Name] ?? to;
const ask = (from: string, to: string, port: number, protocol: string, waitMs: number) =>
  places.get(from)!.tell('ask', { protocol, address: target(to), port, waitMs });
const gets = async (from: string, to: string, port = 80, protocol = 'tcp', seenAs = target(from)) =>
  equal(await ask(from, to, port, protocol, patienceMs), seenAs, `${from} gets to ${to}:${port}`);
const cannot = async (from: string, to: string, port = 80, protocol = 'tcp') =>
  equal(await ask(from, to, port, protocol, doubtMs), 'nothing', `${from} does not get to ${to}:${port}`);

test('without policies everybody gets to everybody, and keeps its address', async () => {
  rules();
  await gets('a', 'b');
  await gets('c', 'b', 53, 'udp');
  await gets('c', service);
});

test('who is isolated is reached by nobody but itself and its node, and gets out', async () => {
  rules(denyAll);
  await Promise.all([
    cannot('a', 'b'),
    cannot('c', 'b'),
    cannot('c', 'b', 53, 'udp'),
    cannot('c', service),
    cannot('client', machine, 30080),
    cannot('client', 'b'),
  ]);
  await gets('node', 'b', 80, 'tcp', gateway);
  await gets('b', 'c');
  await gets('b', service, 80, 'tcp', gateway);
  await gets('b', 'b');
});

test('namespaces, pods and ports that are let in get in, also through a service', async () => {
  const from = [{ namespaceSelector: { matchLabels: { name: 'blue' } } }];
  rules(policy({ podSelector: { matchLabels: { app: 'b' } }, ingress: [{ from, ports: [{ port: 80 }] }] }));
  await gets('c', 'b');
  await gets('c', service);
  await Promise.all([cannot('c', 'b', 81), cannot('a', 'b'), cannot('a', service)]);
});

test('a named port is the number that the pod gives it; a range has both its ends', async () => {
  rules(policy({ podSelector: {}, ingress: [{ ports: [{ port: 'web' }] }] }));
  await gets('c', 'b', 81);
  await gets('c', 'a', 80);
  await Promise.all([cannot('c', 'b', 80), cannot('c', 'a', 81)]);
  rules(
    policy({
      podSelector: {},
      ingress: [
        {
          ports: [{ port: 79, endPort: 80 }, { port: 80 }, { port: 70, endPort: 79 }, { port: 53, protocol: 'UDP' }],
        },
      ],
    }),
  );
  await gets('c', 'b', 80);
  await gets('c', 'b', 53, 'udp');
  await cannot('c', 'b', 81);
});

test('blocks let in whom they hold, but for the exceptions', async () => {
  const from = [{ ipBlock: { cidr: '10.42.0.0/16', except: [`${addresses.c}/32`] } }];
  rules(policy({ podSelector: { matchLabels: { app: 'b' } }, ingress: [{ from }] }));
  await gets('a', 'b');
  await cannot('c', 'b');
  rules(policy({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }));
  await gets('c', 'b');
});

test('what comes to a node port is let in by who lets in the node or the client itself; pods stay who they are there', async () => {
  const open = (cidr: string) => rules(policy({ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] }));
  open(`${machine}/32`);
  await gets('client', machine, 30080, 'tcp', gateway);
  await cannot('c', machine, 30080);
  open(`${client}/32`);
  await gets('client', machine, 30080, 'tcp', gateway);
  open(`${addresses.c}/32`);
  await gets('c', machine, 30080);
  await cannot('client', machine, 30080);
});

test('who may go nowhere reaches its own node, but no names; who may ask cluster DNS by its labels gets answers', async () => {
  rules(denyOut);
  await gets('a', gateway);
  await Promise.all([
    cannot('a', 'b'),
    cannot('a', service),
    cannot('a', client),
    cannot('a', dnsService, 53, 'udp'),
    cannot('a', gateway, 53, 'udp'),
  ]);
  await gets('c', 'a');
  await gets('c', dnsService, 53, 'udp');
  const dns = { namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
  rules(denyOut, policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [dns] }] }, 'red', 'dns'));
  await gets('a', dnsService, 53, 'udp');
  await cannot('a', 'b');
  rules(policy({ podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 'dns', protocol: 'UDP' }] }] }));
  await gets('a', dnsService, 53, 'udp');
});

test('both ends must agree', async () => {
  const out = policy({ podSelector: of('a').podSelector, policyTypes: ['Egress'], egress: [{ to: [of('b')] }] });
  rules(out);
  await gets('a', 'b');
  rules(out, policy({ podSelector: of('b').podSelector }, 'red', 'two'));
  await cannot('a', 'b');
  rules(out, policy({ podSelector: of('b').podSelector, ingress: [{ from: [of('a')] }] }, 'red', 'two'));
  await gets('a', 'b');
});

test('connections that stay allowed go on through changes and through a new table; those that do not end', async () => {
  const state = rules(policy({ podSelector: of('b').podSelector, ingress: [{ from: [{ namespaceSelector: {} }] }] }));
  const hold = (name: 'a' | 'c') => places.get(name)!.tell('hold', { name, address: addresses.b, port: 80 });
  const say = (name: 'a' | 'c', waitMs: number) => places.get(name)!.tell('say', { name, waitMs });
  equal(await hold('a'), 'open');
  equal(await hold('c'), 'open');
  setPolicy(state, policy({ podSelector: of('b').podSelector, ingress: [{ from: [of('a')] }] }));
  nft(policyStatements(state.changes()));
  equal(await say('a', patienceMs), 'still there');
  equal(await say('c', doubtMs), 'nothing');
  nft(wholePolicies(state.everything(), options));
  equal(await say('a', patienceMs), 'still there');
});

test('changes step by step give what they give at once', async () => {
  const state = rules();
  const step = (change: () => void) => {
    change();
    const script = policyStatements(state.changes());
    ok(script.length > 0);
    nft(script);
  };
  step(() =>
    setPolicy(
      state,
      policy({ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { name: 'blue' } } }] }] }),
    ),
  );
  await gets('c', 'b');
  await cannot('a', 'b');
  step(() => state.setNamespace('blue', { name: 'green' }));
  await cannot('c', 'b');
  step(() => state.setNamespace('blue', { name: 'blue' }));
  await gets('c', 'b');
  step(() => state.setPod('red/b', undefined));
  await gets('a', 'b');
  step(() => state.setPod('red/b', pod('b', 'red')));
  await cannot('a', 'b');
  step(() => state.setPolicy('red/one', undefined));
  await gets('a', 'b');
});

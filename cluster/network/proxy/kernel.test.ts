/** The rules in a real kernel: two pods and a client as network namespaces around a node's, joined as the bridge plug-in joins them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { rulesetOf } from './ruleset.ts';
import type { ServicePort } from './services.ts';
import { difference, wholeTable } from './statements.ts';

const id = `orrery-proxy-${process.pid}`;
const pods = ['10.42.0.0/24'];
const options = { podCIDRs: pods, serviceCIDRs: ['10.43.0.0/16'], bridge: 'brp' };
const servers: ChildProcess[] = [];

const inside = (name: string, ...command: string[]): string =>
  execFileSync('nsenter', [`--net=/run/netns/${id}-${name}`, ...command], {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
const nft = (statements: readonly string[]) =>
  execFileSync('nsenter', [`--net=/run/netns/${id}-node`, 'nft', '-f', '-'], { input: `${statements.join('\n')}\n` });

const serverCode = `require('net').createServer(s => s.end(process.argv[1] + ' ' + s.remoteAddress.replace('::ffff:', ''))).listen(8080, () => console.log('up'))`;
const clientCode = `const s = require('net').connect(+process.argv[2], process.argv[1]); s.setTimeout(3000, () => s.destroy(new Error('timed out'))); s.on('data', d => process.stdout.write(d)); s.on('error', e => { console.log(e.code ?? e.message); process.exit(0); })`;

const call = (from: string, address: string, port: number): string =>
  inside(from, process.execPath, '-e', clientCode, address, String(port)).trim();

function joinPod(name: string, address: string): void {
  execFileSync('ip', ['netns', 'add', `${id}-${name}`]);
  const end = `v-${name}`;
  inside('node', 'ip', 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${id}-${name}`);
  inside('node', 'ip', 'link', 'set', end, 'master', 'brp', 'up');
  inside('node', 'ip', 'link', 'set', end, 'type', 'bridge_slave', 'hairpin', 'on');
  inside(name, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  inside(name, 'ip', 'link', 'set', 'eth0', 'up');
  inside(name, 'ip', 'route', 'add', 'default', 'via', '10.42.0.1');
}

function joinClient(): void {
  execFileSync('ip', ['netns', 'add', `${id}-client`]);
  inside('node', 'ip', 'link', 'add', 'uplink', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${id}-client`);
  inside('node', 'ip', 'address', 'add', '192.168.77.1/24', 'dev', 'uplink');
  inside('node', 'ip', 'link', 'set', 'uplink', 'up');
  inside('client', 'ip', 'address', 'add', '192.168.77.2/24', 'dev', 'eth0');
  inside('client', 'ip', 'link', 'set', 'eth0', 'up');
}

before(async () => {
  execFileSync('ip', ['netns', 'add', `${id}-node`]);
  inside('node', 'ip', 'link', 'set', 'lo', 'up');
  inside('node', 'ip', 'link', 'add', 'brp', 'type', 'bridge');
  inside('node', 'ip', 'address', 'add', '10.42.0.1/24', 'dev', 'brp');
  inside('node', 'ip', 'link', 'set', 'brp', 'up');
  inside('node', 'ip', 'route', 'add', '10.43.0.0/16', 'dev', 'brp');
  inside(
    'node',
    'sh',
    '-c',
    'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables',
  );
  joinPod('a', '10.42.0.2');
  joinPod('b', '10.42.0.3');
  joinClient();
  for (const name of ['a', 'b']) {
    const server = spawn('nsenter', [`--net=/run/netns/${id}-${name}`, process.execPath, '-e', serverCode, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    servers.push(server);
    await new Promise(resolve => server.stdout!.once('data', resolve));
  }
});

after(() => {
  for (const server of servers) server.kill('SIGKILL');
  for (const name of ['a', 'b', 'client', 'node']) execFileSync('ip', ['netns', 'del', `${id}-${name}`]);
});

const a = { address: '10.42.0.2', port: 8080, local: true };
const b = { address: '10.42.0.3', port: 8080, local: true };
const port = (endpoints: (typeof a)[], change: Partial<ServicePort> = {}): ServicePort => ({
  name: 'default/web:',
  protocol: 'tcp',
  clusterIPs: ['10.43.0.5'],
  externalIPs: [],
  port: 80,
  nodePort: 30080,
  affinitySeconds: 0,
  inside: endpoints,
  outside: endpoints,
  keepSource: false,
  ...change,
});
const rules = (...ports: ServicePort[]) => rulesetOf(ports, pods);
const current = rules(port([b]));

test('a pod reaches its neighbour through the service and keeps its address', () => {
  nft(wholeTable(current, options));
  equal(call('a', '10.43.0.5', 80), 'b 10.42.0.2');
});

test('a pod reaches itself through its own service', () => equal(call('b', '10.43.0.5', 80), 'b 10.42.0.1'));

test('the node and a client outside reach it, by service address and by node port', () => {
  match(call('node', '10.43.0.5', 80), /^b /);
  equal(call('client', '192.168.77.1', 30080), 'b 10.42.0.1');
});

test('with policy Local the client keeps its address', () => {
  nft(wholeTable(rules(port([b], { keepSource: true })), options));
  equal(call('client', '192.168.77.1', 30080), 'b 192.168.77.2');
});

test('both endpoints get connections, and with affinity only one', () => {
  const both = rules(port([a, b]));
  nft(wholeTable(both, options));
  const spread = new Set(Array.from({ length: 30 }, () => call('client', '192.168.77.1', 30080)[0]));
  deepEqual([...spread].toSorted(), ['a', 'b']);
  nft(difference(both, rules(port([a, b], { affinitySeconds: 60 }))));
  equal(new Set(Array.from({ length: 10 }, () => call('client', '192.168.77.1', 30080)[0])).size, 1);
});

test('without endpoints the connection is refused at once', () => {
  nft(wholeTable(rules(port([])), options));
  equal(call('a', '10.43.0.5', 80), 'ECONNREFUSED');
  equal(call('node', '10.43.0.5', 80), 'ECONNREFUSED');
  equal(call('client', '192.168.77.1', 30080), 'ECONNREFUSED');
});

test('an address of the service range that no service has is refused', () => {
  equal(call('a', '10.43.9.9', 80), 'ECONNREFUSED');
});

test('a host port leads to its pod', () => {
  nft(
    wholeTable(
      rulesetOf([], pods, [{ protocol: 'tcp', hostIP: '', hostPort: 8088, address: '10.42.0.2', port: 8080 }]),
      options,
    ),
  );
  equal(call('client', '192.168.77.1', 8088), 'a 192.168.77.2');
});

test('an open connection outlives a new table', async () => {
  nft(wholeTable(current, options));
  const code = `const s = require('net').connect(9000, '10.43.0.6'); s.on('connect', () => console.log('open')); s.on('data', d => { process.stdout.write(d); s.end(); }); process.stdin.once('data', () => s.write('still there'))`;
  const echoCode = `require('net').createServer(s => s.pipe(s)).listen(9000, () => console.log('up'))`;
  const echo = spawn('nsenter', [`--net=/run/netns/${id}-b`, process.execPath, '-e', echoCode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.push(echo);
  await new Promise(resolve => echo.stdout!.once('data', resolve));
  const service = port([{ ...b, port: 9000 }], {
    name: 'default/echo:',
    clusterIPs: ['10.43.0.6'],
    port: 9000,
    nodePort: 0,
  });
  nft(wholeTable(rules(service), options));
  const client = spawn('nsenter', [`--net=/run/netns/${id}-a`, process.execPath, '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  servers.push(client);
  await new Promise(resolve => client.stdout.once('data', resolve));
  nft(wholeTable(rules(), options));
  const answered = new Promise<string>(resolve => client.stdout.once('data', data => resolve(String(data))));
  client.stdin.write('go\n');
  equal(await answered, 'still there');
});

test('the kernel takes all of a transaction or nothing', async () => {
  nft(wholeTable(current, options));
  await rejects(async () => nft([...difference(current, rules()), 'add rule inet orrery nowhere accept']));
  equal(call('a', '10.43.0.5', 80), 'b 10.42.0.2');
});

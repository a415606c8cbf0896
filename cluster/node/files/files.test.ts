import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hostsFile, podHostname } from './hosts.ts';
import { parseResolver, podResolver, type ResolverInput } from './resolv.ts';

suite('/etc/hosts', () => {
  const head = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    '',
  ].join('\n');

  test('names the pod after the loopback entries', () => {
    const text = hostsFile({ ips: ['10.0.0.4'], hostname: 'web', domain: '', aliases: [] });
    assert.equal(text, `${head}10.0.0.4\tweb\n`);
  });

  test('a domain puts the full name first, and every family has a line', () => {
    const text = hostsFile({
      ips: ['10.0.0.4', 'fd00::4'],
      hostname: 'web-0',
      domain: 'db.ns.svc.cluster.local',
      aliases: [],
    });
    assert.ok(
      text.endsWith('10.0.0.4\tweb-0.db.ns.svc.cluster.local\tweb-0\nfd00::4\tweb-0.db.ns.svc.cluster.local\tweb-0\n'),
    );
  });

  test('aliases follow under their own heading', () => {
    const aliases = [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }];
    const text = hostsFile({ ips: ['10.0.0.4'], hostname: 'web', domain: '', aliases });
    assert.ok(text.endsWith('\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n'));
  });

  test("on the host's network it is the node's file, marked", () => {
    const text = hostsFile({ ips: [], hostname: 'web', domain: '', aliases: [], nodeFile: '127.0.0.1 localhost\n' });
    assert.equal(text, '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n');
  });

  test('host names: own, by spec, with a subdomain, cut at 63', () => {
    const pod = { name: 'web-1', namespace: 'shop' };
    assert.deepEqual(podHostname(pod, {}, 'cluster.local'), { hostname: 'web-1', domain: '' });
    assert.deepEqual(podHostname(pod, { hostname: 'h', subdomain: 's' }, 'c.l'), {
      hostname: 'h',
      domain: 's.shop.svc.c.l',
    });
    const long = podHostname({ name: `${'a'.repeat(62)}-tail`, namespace: 'x' }, {}, 'c.l');
    assert.equal(long.hostname, 'a'.repeat(62));
  });
});

suite('resolver', () => {
  const base: ResolverInput = {
    namespace: 'shop',
    policy: 'ClusterFirst',
    hostNetwork: false,
    clusterDns: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    node: { servers: ['192.0.2.1'], searches: ['example.com'], options: ['edns0'] },
  };
  const cluster = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
  const rows: [
    string,
    Partial<ResolverInput>,
    { servers?: string[]; searches?: string[]; options?: string[]; warnings?: string[] },
  ][] = [
    ['ClusterFirst', {}, { servers: ['10.96.0.10'], searches: [...cluster, 'example.com'], options: ['ndots:5'] }],
    [
      'ClusterFirst on the host network is Default',
      { hostNetwork: true },
      { servers: ['192.0.2.1'], searches: ['example.com'], options: ['edns0'] },
    ],
    [
      'ClusterFirstWithHostNet',
      { policy: 'ClusterFirstWithHostNet', hostNetwork: true },
      { servers: ['10.96.0.10'], options: ['ndots:5'] },
    ],
    ['Default', { policy: 'Default' }, { servers: ['192.0.2.1'], searches: ['example.com'], options: ['edns0'] }],
    ['None without config', { policy: 'None' }, { servers: [], searches: [], options: [] }],
    [
      'None with config',
      {
        policy: 'None',
        config: {
          nameservers: ['1.1.1.1'],
          searches: ['a.b'],
          options: [{ name: 'ndots', value: '2' }, { name: 'debug' }],
        },
      },
      { servers: ['1.1.1.1'], searches: ['a.b'], options: ['ndots:2', 'debug'] },
    ],
    [
      'config is merged: options by name, servers and searches appended once',
      {
        config: {
          nameservers: ['10.96.0.10', '9.9.9.9'],
          searches: ['cluster.local', 'x.y'],
          options: [{ name: 'ndots', value: '1' }],
        },
      },
      { servers: ['10.96.0.10', '9.9.9.9'], searches: [...cluster, 'example.com', 'x.y'], options: ['ndots:1'] },
    ],
    ['no cluster DNS', { clusterDns: [] }, { servers: ['192.0.2.1'], warnings: ['MissingClusterDNS'] }],
    [
      'four servers',
      { config: { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'] } },
      { servers: ['10.96.0.10', '1.1.1.1', '2.2.2.2'], warnings: ['DNSConfigForming'] },
    ],
    [
      'too many searches',
      { policy: 'None', config: { searches: Array.from({ length: 40 }, (_, i) => `d${i}`) } },
      { searches: Array.from({ length: 32 }, (_, i) => `d${i}`), warnings: ['DNSConfigForming'] },
    ],
  ];
  for (const [name, change, wanted] of rows) {
    test(name, () => {
      const { settings, warnings } = podResolver({ ...base, ...change });
      const { warnings: reasons = [], ...parts } = wanted;
      for (const [part, value] of Object.entries(parts))
        assert.deepEqual(settings[part as keyof typeof settings], value, part);
      assert.deepEqual(
        warnings.map(warning => warning.reason),
        reasons,
      );
    });
  }

  test('reads resolv.conf: comments ignored, last search wins, dots trimmed', () => {
    const text = '# c\nnameserver 10.0.0.1\nsearch old\nsearch a.b. c.d\nnameserver fd00::1\noptions ndots:2 rotate\n';
    assert.deepEqual(parseResolver(text), {
      servers: ['10.0.0.1', 'fd00::1'],
      searches: ['a.b', 'c.d'],
      options: ['ndots:2', 'rotate'],
    });
  });
});

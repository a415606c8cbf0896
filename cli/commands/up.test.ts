import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { defaultSettings, type Settings } from '@orrery/embedded/layout';
import { readyBox, refuseChanges, settingsFrom, stepLine, type UpOptions } from './up.ts';

const facts = { hostname: 'host', address: '192.0.2.1' };
const options = (given: Partial<UpOptions> = {}): UpOptions => ({ install: true, ...given });

describe('settings: flags win over the last start, that over the defaults', () => {
  const cases: {
    what: string;
    given?: Partial<UpOptions>;
    remembered?: Partial<Settings>;
    expected: Partial<Settings>;
  }[] = [
    { what: 'nothing said', expected: { ...defaultSettings, nodeName: 'host', nodeIP: '192.0.2.1' } },
    { what: 'a flag', given: { port: 7443, simulate: 2 }, expected: { port: 7443, simulatedNodes: 2 } },
    { what: 'the last start', remembered: { port: 7443, nodeName: 'a' }, expected: { port: 7443, nodeName: 'a' } },
    { what: 'both', given: { nodeName: 'b' }, remembered: { nodeName: 'a' }, expected: { nodeName: 'b' } },
    {
      what: 'zero is a value',
      given: { port: 0, simulate: 0 },
      remembered: { port: 1, simulatedNodes: 3 },
      expected: { port: 0, simulatedNodes: 0 },
    },
    {
      what: 'the address may have changed since',
      remembered: { nodeIP: '198.51.100.1' },
      expected: { nodeIP: '192.0.2.1' },
    },
    { what: 'an address that was asked for', given: { nodeIp: '203.0.113.1' }, expected: { nodeIP: '203.0.113.1' } },
    { what: 'the platform is there unless it was left out', expected: { platform: true, consolePort: 30880 } },
    { what: 'left out for good', remembered: { platform: false }, expected: { platform: false } },
    { what: 'and back', given: { platform: true }, remembered: { platform: false }, expected: { platform: true } },
    { what: 'records in a file', given: { auditLog: '/a/b' }, expected: { auditLog: '/a/b' } },
    { what: 'remembered', remembered: { auditLog: '/a/b' }, expected: { auditLog: '/a/b' } },
    { what: 'ranges are lists', given: { clusterCidr: '10.1.0.0/16' }, expected: { podCIDRs: ['10.1.0.0/16'] } },
  ];
  for (const { what, given, remembered = {}, expected } of cases) {
    test(what, () => {
      const settings = settingsFrom(options(given), remembered, facts);
      assert.deepEqual({ ...settings, ...expected }, settings);
    });
  }
});

test('records end when they are no longer wanted, and what only the next start needs to know is no setting', () => {
  const settings = settingsFrom(options({ auditLog: false }), { auditLog: '/a/b', platformKnown: true }, facts);
  assert.ok(!('auditLog' in settings) && !('platformKnown' in settings));
});

test('files are named from where one stands, remembered, and forgotten by an empty name', () => {
  const given = settingsFrom(options({ auditPolicyFile: '/p.yaml', auditWebhookConfigFile: 'w.yaml' }), {}, facts);
  assert.deepEqual([given.auditPolicyFile, given.auditWebhookConfigFile], ['/p.yaml', resolve('w.yaml')]);
  const again = settingsFrom(options({ auditPolicyFile: '' }), given, facts);
  assert.deepEqual(['auditPolicyFile' in again, again.auditWebhookConfigFile], [false, resolve('w.yaml')]);
});

test('ranges cannot change once objects have addresses of them', () => {
  const first = settingsFrom(options(), {}, facts);
  assert.doesNotThrow(() => refuseChanges(first, {}));
  assert.doesNotThrow(() => refuseChanges(first, first));
  const other = settingsFrom(options({ serviceCidr: '10.99.0.0/16' }), first, facts);
  assert.throws(() => refuseChanges(other, first), {
    message:
      'this cluster was made with --service-cidr 10.43.0.0/16: leave the option out, or make another with --data-dir',
  });
});

test('what is printed: a line per step, notes, and a frame', () => {
  assert.equal(stepLine('API server', 123.4), '✓ API server                            123 ms\n');
  const lines = readyBox({
    url: 'https://x',
    kubeconfig: '/k',
    nodes: 'node a',
    notes: ['a word'],
    console: 'https://y',
    firstAccount: { user: 'admin', password: 'secret' },
  }).split('\n');
  assert.equal(lines[0], 'note a word');
  assert.equal(new Set(lines.slice(1, -1).map(line => line.length)).size, 1, 'the frame is straight');
  assert.ok(lines.some(line => line.startsWith('│ Console https://y ')));
  assert.ok(lines.some(line => line.includes('first log-in: admin with password secret')));
  assert.ok(lines.some(line => line.startsWith('│ export KUBECONFIG=/k ')));
});

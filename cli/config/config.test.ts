/** A cluster as one file: what it may say, what is refused in which words, and what wins. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Command } from 'commander';
import { defaultSettings } from '@orrery/embedded/layout';
import { parse } from 'yaml';
import { addCommands } from '../commands.ts';
import { settingsFrom, type UpOptions } from '../commands/up.ts';
import { configKind, configValues, configVersion } from './file.ts';
import { printedConfig, readConfig, withConfig } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The command `up` after it read these arguments. */
function upWith(...args: string[]): { command: Command; options: UpOptions } {
  const program = new Command('orrery').exitOverride();
  addCommands(program);
  const command = program.commands.find(found => found.name() === 'up')!;
  command.action(() => {});
  program.parse(['node', 'orrery', 'up', ...args]);
  return { command, options: command.opts() };
}

const { command: up } = upWith();
const head = { apiVersion: configVersion, kind: configKind };
const read = (fields: object) => configValues({ ...head, ...fields }, up.options, '/etc/orrery/cluster.yaml');

describe('a field', () => {
  const cases: { what: string; fields: Record<string, unknown>; values?: object }[] = [
    { what: 'nothing', fields: {} },
    { what: 'a number', fields: { port: 7443, simulate: 0 } },
    { what: 'a number as text', fields: { port: '7443' }, values: { port: 7443 } },
    { what: 'text', fields: { nodeName: 'one', clusterDomain: 'a.example', bindAddress: '192.0.2.1' } },
    { what: 'a range', fields: { clusterCidr: '10.1.0.0/16', serviceCidr: '10.2.0.0/16' } },
    { what: 'a list', fields: { tlsSan: ['a', 'b'] } },
    { what: 'a list as text', fields: { tlsSan: 'a,b' }, values: { tlsSan: ['a', 'b'] } },
    { what: 'a switch', fields: { platform: false, install: false } },
    { what: 'a switch that is on', fields: { platform: true } },
    { what: 'a path', fields: { dataDir: '/data', auditLog: '/log' } },
    {
      what: 'a path from where the file is',
      fields: { auditPolicyFile: 'audit.yaml', adminPasswordFile: '../password' },
      values: { auditPolicyFile: '/etc/orrery/audit.yaml', adminPasswordFile: '/etc/password' },
    },
    { what: 'a path that is forgotten', fields: { authorizationConfig: '' } },
    { what: 'records that end', fields: { auditLog: false } },
  ];
  for (const { what, fields, values = fields } of cases)
    test(`can be ${what}`, () => assert.deepEqual(read(fields), values));
});

describe('a mistake is told with the name of its field', () => {
  const cases: { what: string; fields: Record<string, unknown>; sentence: string }[] = [
    {
      what: 'unknown',
      fields: { prot: 1 },
      sentence: 'prot: there is no such field: fields are the options of "orrery up", tlsSan for --tls-san',
    },
    {
      what: 'of one start',
      fields: { detach: true },
      sentence: 'detach: there is no such field: fields are the options of "orrery up", tlsSan for --tls-san',
    },
    {
      what: 'a port',
      fields: { port: 70000 },
      sentence: 'port: it must be a port between 0 and 65535 (0 takes a free one)',
    },
    { what: 'no number', fields: { simulate: 'many' }, sentence: 'simulate: it must be a whole number' },
    { what: 'an address', fields: { nodeIp: 'here' }, sentence: 'nodeIp: it must be an IPv4 address' },
    {
      what: 'a range',
      fields: { clusterCidr: '10.0.0.0' },
      sentence: 'clusterCidr: it must be a range of IPv4 addresses like 10.42.0.0/16, between /8 and /24',
    },
    { what: 'a list for one', fields: { port: [1, 2] }, sentence: 'port: it must be one value' },
    { what: 'one for a list', fields: { tlsSan: 7 }, sentence: 'tlsSan: it must be a list' },
    { what: 'a switch', fields: { platform: 'no' }, sentence: 'platform: it must be true or false' },
    { what: 'a switch for text', fields: { nodeName: true }, sentence: 'nodeName: it must be text or a number' },
    { what: 'on without a file', fields: { auditLog: true }, sentence: 'auditLog: it must be text or a number' },
    { what: 'empty', fields: { nodeName: null }, sentence: 'nodeName: it has no value' },
    { what: 'of an object', fields: { nodeName: {} }, sentence: 'nodeName: it must be text or a number' },
    { what: 'another version', fields: { apiVersion: 'v1' }, sentence: `apiVersion: it must be ${configVersion}` },
    { what: 'another kind', fields: { kind: 'Pod' }, sentence: `kind: it must be ${configKind}` },
  ];
  for (const { what, fields, sentence } of cases)
    test(what, () =>
      assert.throws(() => read(fields), { message: `/etc/orrery/cluster.yaml: ${sentence}`, exitCode: 2 }),
    );

  test('all at once, a line each', () =>
    assert.throws(() => read({ port: -1, prot: 1 }), /^CliError: .*: port: .*\norrery: .*: prot: [^\n]*$/));

  for (const document of [null, [], 'text'])
    test(`what is no object: ${JSON.stringify(document)}`, () =>
      assert.throws(
        () => configValues(document, up.options, 'c.yaml'),
        /c\.yaml: it must be an object with apiVersion/,
      ));
});

describe('the file', () => {
  const write = (text: string): string => {
    const file = join(folder, 'cluster.yaml');
    writeFileSync(file, text);
    return file;
  };
  const given = `apiVersion: ${configVersion}\nkind: ${configKind}\nport: 7443\nnodeName: from-file\n`;

  test('is less than an option, and more than the last start', async () => {
    const { command, options } = upWith('--port', '8443');
    const merged = withConfig(options, await readConfig(write(given), command), command);
    const facts = { hostname: 'host', address: '192.0.2.1' };
    const settings = settingsFrom(merged, { nodeName: 'last', port: 1, kubeletPort: 2 }, facts);
    assert.deepEqual([settings.port, settings.nodeName, settings.kubeletPort], [8443, 'from-file', 2]);
  });

  for (const [what, text, sentence] of [
    ['is not YAML', 'port: [1\n', /cluster\.yaml: Flow sequence .* at line 2, column 1$/],
    ['says a thing twice', `${given}port: 1\n`, /cluster\.yaml: Map keys must be unique at line/],
  ] as const)
    test(`that ${what} is refused`, () =>
      assert.rejects(readConfig(write(text), up), { message: sentence, exitCode: 2 }));

  test('that is not there is refused', () =>
    assert.rejects(readConfig(join(folder, 'gone.yaml'), up), { message: /^--config: ENOENT/, exitCode: 2 }));

  test('that is printed says what counts and why, and is a file that says the same', async () => {
    const { command, options } = upWith('--simulate', '3', '--tls-san', 'a,b');
    const values = await readConfig(write(given), command);
    const merged = withConfig(options, values, command);
    const remembered = { ...defaultSettings, kubeletPort: 10251, nodeName: 'last', nodeIP: '192.0.2.9' };
    const facts = { hostname: 'host', address: '192.0.2.1' };
    const settings = settingsFrom(merged, remembered, facts);
    const printed = await printedConfig({ dataDir: '/data', settings, remembered, values }, command);
    for (const line of [
      'port: 7443 # file',
      'simulate: 3 # option',
      'kubeletPort: 10251 # last start',
      'nodeIp: 192.0.2.1 # default',
      'tlsSan: [a, b] # option',
    ])
      assert.ok(printed.split('\n').includes(line), `${line} in\n${printed}`);
    const again = configValues(parse(printed), up.options, '/c.yaml');
    assert.deepEqual(
      settingsFrom({ install: true, ...again }, {}, { hostname: 'x', address: '198.51.100.1' }),
      settings,
    );
  });
});

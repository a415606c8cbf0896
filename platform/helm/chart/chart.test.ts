import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';
import { folder } from '../testing/text.ts';
import { standardFiles } from '../testing/standard-chart.ts';
import { archiveLimits } from './archive.ts';
import { chartOf, readChart } from './chart.ts';
import { compileGlob } from './glob.ts';

const head = 'apiVersion: v2\nname: web\nversion: 1.0.0\n';

const entry = (name: string, body: string | Uint8Array): TarEntry => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return { header: { name, size: bytes.length, type: 'file' }, body: bytes };
};

const pack = async (entries: TarEntry[]): Promise<Uint8Array> => gzipSync(await packTar(entries));
const packed = (files: Readonly<Record<string, string>>): Promise<Uint8Array> =>
  pack(Object.entries(files).map(([name, text]) => entry(`web/${name}`, text)));

test('an archive becomes a chart: what is where', async () => {
  const inner = await pack([
    entry('db/Chart.yaml', 'apiVersion: v1\nname: db\nversion: 2.0.0\n'),
    entry('db/templates/a.yaml', 'a: 1'),
  ]);
  const files = Object.entries(standardFiles({ 'crds/thing.yaml': 'kind: CustomResourceDefinition\n' }));
  const chart = await readChart(
    await pack([
      ...files.map(([name, text]) => entry(`web/${name}`, text)),
      entry('web/charts/db-2.0.0.tgz', inner),
      entry('web/charts/_ignored/x', 'y'),
    ]),
  );
  assert.equal(chart.metadata.name, 'web');
  assert.equal(chart.metadata.appVersion, '1.16.0');
  assert.equal((chart.values['service'] as { port: number }).port, 80);
  assert.ok(chart.schema);
  assert.ok(chart.templates.every(({ name }) => name.startsWith('templates/')));
  assert.deepEqual(
    chart.crds.map(({ name }) => name),
    ['crds/thing.yaml'],
  );
  assert.deepEqual(
    chart.dependencies.map(({ metadata }) => `${metadata.name} ${metadata.version} ${metadata.apiVersion}`),
    ['db 2.0.0 v1'],
  );
  assert.ok(chart.files.some(({ name }) => name === 'files/motd.txt'));
});

test('charts of the first generation name what they need in a file of its own', () => {
  const chart = chartOf(
    folder({
      'Chart.yaml': 'name: old\nversion: 0.1.0\n',
      'requirements.yaml': 'dependencies:\n- name: db\n  version: 1.x\n  condition: db.on\n',
    }),
  );
  assert.equal(chart.metadata.apiVersion, 'v1');
  assert.deepEqual(chart.metadata.dependencies, [{ name: 'db', version: '1.x', condition: 'db.on' }]);
});

test('.helmignore: names, folders, roots and exceptions', () => {
  const names = (rules: string, ...files: string[]) =>
    chartOf(folder({ 'Chart.yaml': head, '.helmignore': rules, ...Object.fromEntries(files.map(name => [name, ''])) }))
      .files.map(({ name }) => name)
      .filter(name => name !== '.helmignore');
  const cases: readonly [rules: string, files: string[], kept: string[]][] = [
    ['*.tmp', ['a.tmp', 'x/b.tmp', 'c'], ['c']],
    ['logs/', ['logs/a', 'x/logs/b', 'y'], ['y']],
    ['/only', ['only', 'x/only'], ['x/only']],
    ['a/b', ['a/b/c', 'x/a/b'], ['x/a/b']],
    ['# note\n\nfile?.txt', ['file1.txt', 'file.txt'], ['file.txt']],
    ['[ab]*', ['apple', 'berry', 'cherry'], ['cherry']],
  ];
  for (const [rules, files, kept] of cases) assert.deepEqual(names(rules, ...files), kept, rules);
});

test('globs stay within folders unless told otherwise', () => {
  const cases: readonly [pattern: string, path: string, matches: boolean][] = [
    ['a/*.txt', 'a/b.txt', true],
    ['a/*.txt', 'a/b/c.txt', false],
    ['a/**', 'a/b/c.txt', true],
    ['**.yaml', 'x/y.yaml', true],
    ['*.{yml,yaml}', 'a.yml', true],
    ['[!a]*', 'abc', false],
    ['a?c', 'a/c', false],
    ['a\\*', 'a*', true],
    ['(x+)+', '(x+)+', true],
  ];
  for (const [pattern, path, matches] of cases) assert.equal(compileGlob(pattern)?.test(path), matches, pattern);
});

test('a chart that says too little or the wrong thing', () => {
  const cases: readonly [files: Record<string, string>, message: string | RegExp][] = [
    [{}, 'Chart.yaml file is missing'],
    [{ 'Chart.yaml': 'apiVersion: v2\nversion: 1.0.0\n' }, 'validation: chart.metadata.name is required'],
    [{ 'Chart.yaml': 'apiVersion: v2\nname: a\n' }, 'validation: chart.metadata.version is required'],
    [
      { 'Chart.yaml': 'apiVersion: v2\nname: a\nversion: "next"\n' },
      'validation: chart.metadata.version "next" is invalid',
    ],
    [
      { 'Chart.yaml': 'apiVersion: v2\nname: ../a\nversion: 1.0.0\n' },
      'validation: chart.metadata.name "../a" is invalid',
    ],
    [
      { 'Chart.yaml': 'apiVersion: v3\nname: a\nversion: 1.0.0\n' },
      'chart.metadata.apiVersion "v3" is not known: it is "v1" or "v2"',
    ],
    [{ 'Chart.yaml': `${head}type: magic\n` }, 'validation: chart.metadata.type must be application or library'],
    [
      { 'Chart.yaml': `${head}appVersion: 1.16\n` },
      'cannot load Chart.yaml: appVersion must be a text: put it in quotes',
    ],
    [{ 'Chart.yaml': head, 'values.yaml': '- a list\n' }, 'cannot load values.yaml: it is no map'],
    [{ 'Chart.yaml': head, 'values.yaml': 'a: b: c\n' }, /^cannot load values.yaml: yaml: line 1: /],
    [
      { 'Chart.yaml': `${head}dependencies: [{name: x, alias: "a/b"}]\n` },
      'validation: dependency "x" has disallowed characters in the alias',
    ],
    [{ 'Chart.yaml': head, '../escape': '' }, 'chart illegally references parent directory'],
  ];
  for (const [files, message] of cases) assert.throws(() => chartOf(folder(files)), { name: 'ChartError', message });
});

test('archives that are none, or more than they should be', async () => {
  const link: TarEntry = { header: { name: 'web/templates/x', size: 0, type: 'symlink', linkname: '/etc/passwd' } };
  const chart = entry('web/Chart.yaml', head);
  // Members in a row are one stream: small to make, large to read.
  const member = gzipSync(new Uint8Array(8 << 20));
  const bomb = Buffer.concat(Array.from({ length: archiveLimits.unpacked / (8 << 20) + 1 }, () => member));
  const cases: readonly [archive: Uint8Array | Promise<Uint8Array>, message: string | RegExp][] = [
    [new Uint8Array(100), 'the chart archive is not compressed with gzip'],
    [Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), /^the chart archive cannot be decompressed: /],
    [bomb, `decompressed chart is larger than the maximum size ${archiveLimits.unpacked}`],
    [pack([]), 'no files in chart archive'],
    [pack([chart, entry('web/../../etc/cron.d/x', '')]), 'chart illegally references parent directory'],
    [pack([chart, entry('/etc/passwd', '')]), /absolute paths|parent directory/],
    [pack([chart, entry('web\\..\\x', '')]), 'chart illegally references parent directory'],
    [pack([chart, entry('c:/x', '')]), 'chart illegally contains absolute paths'],
    [pack([entry('Chart.yaml', head)]), 'chart yaml not in base directory'],
    [pack([chart, link]), 'the chart archive has an entry that is no file: "web/templates/x" is a symlink'],
    [
      pack([chart, entry('web/big', new Uint8Array(archiveLimits.file + 1))]),
      `decompressed chart file "web/big" is larger than the maximum file size ${archiveLimits.file}`,
    ],
    [
      pack(Array.from({ length: archiveLimits.entries + 1 }, (_, at) => entry(`web/f${at}`, ''))),
      `the chart archive has more than ${archiveLimits.entries} entries`,
    ],
    [packed({ 'templates/a.yaml': '' }), 'Chart.yaml file is missing'],
  ];
  for (const [archive, message] of cases)
    await assert.rejects(readChart(await archive), { name: 'ChartError', message });
});

test('charts in charts in charts end', async () => {
  let archive = await pack([entry('web/Chart.yaml', head)]);
  for (let depth = 0; depth < 12; depth++)
    archive = await pack([entry('web/Chart.yaml', head), entry('web/charts/web.tgz', archive)]);
  await assert.rejects(readChart(archive), { name: 'ChartError', message: /charts are nested deeper than 10$/ });
});

test('values that repeat themselves without end, and values nested without end', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let at = 1; at < 9; at++)
    lines.push(`a${at}: &a${at} [${Array.from({ length: 9 }, () => `*a${at - 1}`).join(', ')}]`);
  assert.throws(() => chartOf(folder({ 'Chart.yaml': head, 'values.yaml': `${lines.join('\n')}\n` })), {
    name: 'ChartError',
    message: /^cannot load values.yaml: yaml: /,
  });
  assert.throws(
    () => chartOf(folder({ 'Chart.yaml': head, 'values.yaml': `a: ${'['.repeat(5000)}${']'.repeat(5000)}\n` })),
    { name: 'ChartError', message: /nested/ },
  );
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bundleInto, type Metafile } from './bundle.ts';
import { loadsOf, placeOf, printLoads } from './loads.ts';

describe('the place of a source file', () => {
  for (const [path, place] of [
    ['cluster/store/embedded/open.ts', 'cluster/store'],
    ['cli/run/run.ts', 'cli'],
    ['node_modules/ws/lib/sender.js', 'npm:ws'],
    ['node_modules/@grpc/grpc-js/build/src/call.js', 'npm:@grpc/grpc-js'],
    ['node_modules/a/node_modules/b/index.js', 'npm:b'],
  ] as const) {
    test(`${path} belongs to ${place}`, () => assert.equal(placeOf(path), place));
  }
});

const output = (inputs: Record<string, number>, statics: string[], dynamics: string[], entryPoint?: string) => ({
  bytes: 0,
  exports: [],
  ...(entryPoint && { entryPoint }),
  inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
  imports: [
    ...statics.map(path => ({ path, kind: 'import-statement' as const })),
    ...dynamics.map(path => ({ path, kind: 'dynamic-import' as const })),
  ],
});

describe('what a chunk loads', () => {
  const outputs = {
    'main.js': output({ 'cli/main.ts': 10 }, ['shared.js'], ['up.js'], 'cli/main.ts'),
    'up.js': output(
      { 'cli/commands/up.ts': 20, 'cluster/node/unused.ts': 0 },
      ['shared.js', 'deep.js'],
      [],
      'cli/commands/up.ts',
    ),
    'shared.js': output({ 'base/http/index.ts': 5 }, [], []),
    'deep.js': output({ 'node_modules/ws/a.js': 7, 'node_modules/ws/b.js': 80 }, ['shared.js'], []),
  };

  test('its static imports and theirs, summed by room, largest first', () => {
    assert.deepEqual(
      [...loadsOf({ outputs }, 'cli/commands/up.ts')],
      [
        ['npm:ws', 87],
        ['cli', 20],
        ['base/http', 5],
      ],
    );
  });

  test('but not what is imported dynamically', () => {
    assert.deepEqual(
      [...loadsOf({ outputs }, 'cli/main.ts')],
      [
        ['cli', 10],
        ['base/http', 5],
      ],
    );
  });

  test('a file in the middle of a chunk is refused', () => {
    assert.throws(() => loadsOf({ outputs }, 'base/http/index.ts'), /has no chunk of its own/);
  });

  test('is printed a line each', () => {
    assert.equal(printLoads(new Map([['npm:ws', 2048]])), '      2 KiB  npm:ws\n');
  });
});

describe('the program', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-build-'));
  let metafile: Metafile;
  before(async () => void (metafile = await bundleInto(directory)));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const shunned: Readonly<Record<string, readonly RegExp[]>> = {
    'cli/main.ts': [/^base\//, /^cluster\//, /^npm:(?!commander$)/],
    'cli/commands/version.ts': [/^base\//, /^cluster\//, /^npm:/],
    'cli/commands/up.ts': [/^cluster\/(?!embedded$)/, /^npm:/],
    'cli/run/run.ts': [/^cluster\/(store|controllers|scheduler|node|network)$/, /^npm:/],
    'cluster/embedded/server.ts': [
      /^cluster\/(node|network)$/,
      /^npm:(@grpc|@peculiar|protobufjs|reflect-metadata|jose|dns-packet|commander)/,
    ],
    'cluster/embedded/agent.ts': [
      /^cluster\/(store|apiserver|controllers|scheduler)$/,
      /^npm:(@peculiar|reflect-metadata|jose|commander)/,
    ],
  };
  for (const [entry, patterns] of Object.entries(shunned)) {
    test(`${entry} does without ${patterns.map(pattern => pattern.source).join(' ')}`, () => {
      const places = [...loadsOf(metafile, entry).keys()];
      assert.deepEqual(
        places.filter(place => patterns.some(pattern => pattern.test(place))),
        [],
      );
    });
  }

  test('brings the programs of its threads along', () => {
    assert.ok(existsSync(join(directory, 'hash-thread.js')));
  });

  test('says that it is made of ES modules: nobody has to read its files to find out', () => {
    const told = readFileSync(join(directory, 'package.json'), 'utf8');
    assert.equal((JSON.parse(told) as { type?: string }).type, 'module');
  });

  test('runs from its folder alone', () => {
    const printed = execFileSync(process.execPath, [join(directory, 'main.js'), 'version'], {
      cwd: tmpdir(),
      encoding: 'utf8',
    });
    assert.match(printed, /^orrery \d+\.\d+\.\d+\nKubernetes API v1\.34\n/);
  });
});

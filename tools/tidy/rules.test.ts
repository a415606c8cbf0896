import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { deepEqual } from 'node:assert/strict';
import { findings } from './rules.ts';
import { readTree } from './source.ts';

const readme = '# A room\n';
const pkg = (name: string, exports: Record<string, string>) => JSON.stringify({ name: `@orrery/${name}`, exports });

/** A small tree that breaks no rule. */
const clean = {
  'base/machinery/package.json': pkg('machinery', { './clock': './clock.ts' }),
  'base/machinery/README.md': readme,
  'base/machinery/clock.ts': 'export const now = () => Date.now();\n',
  'cluster/store/package.json': pkg('store', { '.': './index.ts' }),
  'cluster/store/README.md': readme,
  'cluster/store/index.ts': "import { now } from '@orrery/machinery/clock';\nexport const at = now;\n",
  'cluster/scheduler/package.json': pkg('scheduler', { '.': './index.ts' }),
  'cluster/scheduler/README.md': `${readme}[the code](index.ts) and [elsewhere](https://example.org)\n`,
  'cluster/scheduler/index.ts': 'export const pick = 1;\n',
};

function check(change: Record<string, string>, ratchet = { files: {}, functions: {} }): string[] {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'));
  try {
    for (const [path, text] of Object.entries({ ...clean, ...change })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return findings(readTree(root), ratchet).map(({ rule, path }) => `${rule} ${path}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const scheduler = 'cluster/scheduler/index.ts';
const lines = (count: number, line: string) => `${line}\n`.repeat(count);
const longFunction = `export function pick() {\n${lines(70, '  void 0;')}}\n`;

const cases: readonly [name: string, change: Record<string, string>, expected: string[]][] = [
  ['a clean tree', {}, []],
  ['a component imports the store', { [scheduler]: "import '@orrery/store';\n" }, [`imports ${scheduler}`]],
  ['a test may import anything', { 'cluster/scheduler/a.test.ts': "import '@orrery/store';\n" }, []],
  ['a relative import crosses rooms', { [scheduler]: "import '../store/index.ts';\n" }, [`imports ${scheduler}`]],
  ['an export that is not there', { [scheduler]: "import '@orrery/machinery/nothing';\n" }, [`imports ${scheduler}`]],
  [
    'a type may not cross either',
    { [scheduler]: "import type { at } from '@orrery/store';\n" },
    [`imports ${scheduler}`],
  ],
  ['a re-export is an import', { [scheduler]: "export { at } from '@orrery/store';\n" }, [`imports ${scheduler}`]],
  [
    'a dynamic import is an import',
    { [scheduler]: "export const late = () => import('@orrery/store');\n" },
    [`imports ${scheduler}`],
  ],
  ['Node in a browser room', { 'base/machinery/clock.ts': "import 'node:fs';\n" }, ['imports base/machinery/clock.ts']],
  [
    'Node under node/ of a browser room',
    { 'base/machinery/clock.ts': "import './node/x.ts';\n", 'base/machinery/node/x.ts': "import 'node:fs';\n" },
    [],
  ],
  [
    'a cycle of two files',
    { [scheduler]: "import './b.ts';\n", 'cluster/scheduler/b.ts': "import './index.ts';\n" },
    ['cycles cluster/scheduler/b.ts'],
  ],
  [
    'a cycle of types only is none at run time',
    {
      [scheduler]: "import './b.ts';\n",
      'cluster/scheduler/b.ts': "import type { pick } from './index.ts';\nexport type P = typeof pick;\n",
    },
    [],
  ],
  ['the real clock', { [scheduler]: 'export const t = Date.now();\n' }, [`banned ${scheduler}`]],
  ['the real clock in disguise', { [scheduler]: 'export const t = new Date();\n' }, [`banned ${scheduler}`]],
  ['a given time is fine', { [scheduler]: 'export const t = new Date(0);\n' }, []],
  ['a timer', { [scheduler]: 'setTimeout(() => {}, 1);\n' }, [`banned ${scheduler}`]],
  ['real randomness', { [scheduler]: 'export const r = Math.random();\n' }, [`banned ${scheduler}`]],
  ['unfinished work', { [scheduler]: '// TODO: later\nexport const a = 1;\n' }, [`banned ${scheduler}`]],
  ['a long file', { [scheduler]: lines(401, '//') }, [`sizes ${scheduler}`]],
  [
    'a long table of data',
    { [scheduler]: "import './t.data.ts';\n", 'cluster/scheduler/t.data.ts': lines(401, '//') },
    [],
  ],
  ['a method called valueOf', { [scheduler]: 'export const a = Object(1).valueOf();\n' }, []],
  [
    'a factory of small functions is not long',
    {
      [scheduler]: `export function make() {\n${'  const a = () => {\n    void 0;\n    void 0;\n  };\n'.repeat(30)}}\n`,
    },
    [],
  ],
  ['a long function', { [scheduler]: longFunction }, [`sizes ${scheduler}`]],
  ['a dead link', { 'cluster/scheduler/README.md': '[gone](gone.md)\n' }, ['links cluster/scheduler/README.md']],
  ['a long README', { 'cluster/scheduler/README.md': lines(61, 'x') }, ['readme cluster/scheduler/README.md']],
  [
    'an unused file',
    { 'cluster/scheduler/lonely.ts': 'export const a = 1;\n' },
    ['unused cluster/scheduler/lonely.ts'],
  ],
];

for (const [name, change, expected] of cases) {
  test(name, () => deepEqual(check(change), expected));
}

test('the ratchet permits what it names, up to its number', () => {
  const at = (limit: number) =>
    check({ [scheduler]: longFunction }, { files: {}, functions: { [`${scheduler}#pick`]: limit } });
  deepEqual(at(72), []);
  deepEqual(at(71), [`sizes ${scheduler}`]);
});

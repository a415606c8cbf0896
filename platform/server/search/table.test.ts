import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { packed, wordAt, wordsIn, type Word } from './document.ts';
import { matchOf, parseQuery } from './query.ts';
import { mayHave, sign, signatureWords, wantedFor } from './signature.ts';
import { createTable, type Place, type Table } from './table.ts';

const pod = {
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    labels: { app: 'web', Tier: 'Front' },
    annotations: { 'kubesphere.io/alias-name': 'Der Laden', 'team.io/owner': 'Ann', 'x/last-applied': 'secret' },
  },
  spec: {
    nodeName: 'node-7',
    containers: [{ name: 'nginx', image: 'registry.example.com/nginx:1.27' }],
    initContainers: [{ name: 'init', image: 'busybox' }],
  },
  status: { podIP: '10.244.3.17', hostIP: '192.0.2.7', phase: 'Running' },
} as KubeObject;

const values = (object: object, field: Word['field']) =>
  wordsIn(object as KubeObject)
    .filter(word => word.field === field)
    .map(({ value }) => value);

test('the words of a pod: names, labels, images, addresses, and what else people know of it', () => {
  assert.deepEqual(values(pod, 'name'), ['web-1']);
  assert.deepEqual(values(pod, 'alias'), ['Der Laden']);
  assert.deepEqual(values(pod, 'label'), ['app=web', 'Tier=Front']);
  assert.deepEqual(values(pod, 'image'), ['registry.example.com/nginx:1.27', 'busybox']);
  assert.deepEqual(values(pod, 'ip'), ['10.244.3.17', '192.0.2.7']);
  assert.deepEqual(values(pod, 'text'), [
    'kubesphere.io/alias-name=Der Laden',
    'team.io/owner=Ann',
    'nginx',
    'node-7',
    'Running',
  ]);
});

const others: [string, object, Word['field'], string[]][] = [
  [
    'a Secret shows its keys and no value',
    { data: { password: 'aHVudGVyMg==' }, type: 'Opaque' },
    'text',
    ['Opaque', 'password'],
  ],
  [
    'a Deployment has the images of its template',
    { spec: { template: { spec: { containers: [{ name: 'c', image: 'a:1' }] } } } },
    'image',
    ['a:1'],
  ],
  [
    'a CronJob those of its Jobs',
    { spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: 'b:2' }] } } } } } },
    'image',
    ['b:2'],
  ],
  [
    'a Service its addresses',
    {
      spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', 'fd00::9'] },
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } },
    },
    'ip',
    ['198.51.100.1', '10.96.0.9', 'fd00::9'],
  ],
  ['a headless one none', { spec: { clusterIP: 'None', clusterIPs: ['None'] } }, 'ip', []],
  ['an Ingress its hosts', { spec: { rules: [{ host: 'shop.example.com' }] } }, 'text', ['shop.example.com']],
  ['what is odd is no word', { spec: { containers: 7, rules: [{}], nodeName: 3 }, status: null }, 'text', []],
];
for (const [name, object, field, expected] of others)
  test(name, () => assert.deepEqual(values({ metadata: { name: 'x' }, ...object }, field), expected));

test('words are cut, packed in a line each, and found again by their place', () => {
  const long = { metadata: { name: 'x', annotations: { a: `two\nlines ${'y'.repeat(1000)}` } } } as KubeObject;
  const words = wordsIn(long);
  assert.equal(words[1]!.value.length, 256);
  const text = packed(words);
  assert.equal(text.split('\n').length, 2);
  assert.deepEqual(wordAt(text, text.indexOf('lines')), words[1]);
});

const queries: [string, string, number | undefined][] = [
  ['web-1', 'name', 0],
  ['WEB', 'name', 1],
  ['b-1', 'name', 2],
  ['laden', 'alias', 3],
  ['app=web', 'label', 3],
  ['nginx', 'image', 3],
  ['10.244.3', 'ip', 3],
  ['web nginx', 'image', 3],
  ['label:web', 'label', 3],
  ['name:nginx', '', undefined],
  ['image:busy', 'image', 3],
  ['ip:192', 'ip', 3],
  ['nweb-1', '', undefined],
  ['web absent', '', undefined],
];
for (const [query, field, rank] of queries)
  test(`"${query}" ${rank === undefined ? 'is not found' : `is found as ${field}`}`, () => {
    const text = packed(wordsIn(pod)).toLowerCase();
    const match = matchOf(text, parseQuery(query));
    assert.equal(match?.rank, rank);
    if (match) assert.equal(wordAt(text, match.place).field, field);
  });

for (const [name, query] of [
  ['nothing', '  '],
  ['too much', 'x'.repeat(257)],
  ['too many words', 'a b c d e f g h i'],
])
  test(`${name} is nothing to look for`, () => assert.throws(() => parseQuery(query!), { code: 400 }));

test('a signature never hides a text that has the term', () => {
  const random = seededRandom(3);
  const letters = 'abcdefg-.1';
  const some = (length: number) =>
    Array.from({ length }, () => letters[Math.floor(random.float() * letters.length)]).join('');
  const signatures = new Uint32Array(signatureWords);
  for (let round = 0; round < 2000; round++) {
    const text = some(40);
    sign(text, signatures, 0);
    const from = Math.floor(random.float() * 30);
    assert.ok(mayHave(signatures, 0, wantedFor([text.slice(from, from + 1 + Math.floor(random.float() * 9))])));
  }
  sign('aaaa', signatures, 0);
  assert.ok(!mayHave(signatures, 0, wantedFor(['xyz'])));
});

/** Counts turns given to others: what a search costs, without a clock. */
function countingClock(): Clock & { turns: number } {
  let time = 0;
  const clock = {
    ...systemClock,
    turns: 0,
    monotonic: () => (time += 100),
    sleep: async () => void clock.turns++,
  };
  return clock;
}

const names = ({ hits }: Awaited<ReturnType<Table['search']>>) =>
  hits.map(({ kind, found: { namespace, name } }) => `${kind}/${namespace}/${name}`);
const everywhere = (...kinds: string[]): Place[] => kinds.map(kind => ({ kind, namespaces: 'everywhere' }));
const word = (value: string): Word => ({ field: 'name', value });
const put = (table: Table, kind: string, namespace: string, name: string, ...more: Word[]) =>
  table.put(kind, { name, namespace, uid: `${namespace}/${name}`, createTime: '' }, [word(name), ...more]);

test('the best come first: whole names, beginnings, kinds in their order; the rest is counted', async () => {
  const table = createTable({ clock: systemClock, bytesMax: Infinity });
  for (const name of ['my-web', 'web', 'web-2', 'other']) {
    put(table, 'pods', 'a', name);
    put(table, 'services', 'a', name);
  }
  const found = await table.search(everywhere('services', 'pods'), parseQuery('web'), 5);
  assert.equal(found.total, 6);
  assert.deepEqual(names(found), [
    'services/a/web',
    'pods/a/web',
    'services/a/web-2',
    'pods/a/web-2',
    'services/a/my-web',
  ]);
  assert.deepEqual((await table.search(everywhere('pods'), parseQuery('web'), 0)).hits, []);
});

test('only what may be seen is found, counted and looked at', async () => {
  const clock = countingClock();
  const table = createTable({ clock, bytesMax: Infinity });
  for (let index = 0; index < 20_000; index++) put(table, 'pods', 'theirs', `web-${index}`);
  put(table, 'pods', 'mine', 'web');
  put(table, 'namespaces', '', 'mine');
  put(table, 'namespaces', '', 'theirs');
  const mine: Place[] = [
    { kind: 'pods', namespaces: new Set(['mine', 'absent']) },
    { kind: 'namespaces', namespaces: 'everywhere', names: new Set(['mine']) },
  ];
  assert.deepEqual(names(await table.search(mine, parseQuery('web'), 10)), ['pods/mine/web']);
  assert.deepEqual((await table.search(mine, parseQuery('theirs'), 10)).total, 0);
  assert.equal(clock.turns, 0, 'the pods of others cost nothing');
  assert.equal((await table.search(everywhere('pods'), parseQuery('web'), 10)).total, 20_001);
  assert.ok(clock.turns > 2, 'a long search gives others their turn');
});

test('after any changes the table finds what a walk through everything finds', async () => {
  const random = seededRandom(11);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random.float() * of.length)]!;
  const table = createTable({ clock: systemClock, bytesMax: Infinity });
  const model = new Map<string, string>();
  const parts = ['web', 'api', 'db', 'Cache', 'x1'];
  for (let step = 0; step < 4000; step++) {
    const kind = pick(['pods', 'services']);
    const namespace = pick(['a', 'b', 'c']);
    const name = `${pick(parts)}-${Math.floor(random.float() * 40)}`;
    const key = `${kind}/${namespace}/${name}`;
    if (random.float() < 0.4) {
      table.remove(kind, namespace, name);
      model.delete(key);
    } else {
      const label = `${pick(parts)}=${pick(parts)}`;
      put(table, kind, namespace, name, { field: 'label', value: label });
      model.set(key, `${name}\n${label}`.toLowerCase());
    }
  }
  assert.equal(table.size, model.size);
  for (const query of ['web', 'api-1', 'cache=x', 'db web', 'b', 'nothing'])
    for (const namespaces of ['everywhere', new Set(['a'])] as const) {
      const terms = parseQuery(query);
      const found = await table.search([{ kind: 'pods', namespaces }], terms, 10_000);
      const expected = [...model]
        .filter(
          ([key, text]) =>
            key.startsWith(namespaces === 'everywhere' ? 'pods/' : 'pods/a/') &&
            terms.every(term => text.includes(term.text)),
        )
        .map(([key]) => key);
      assert.deepEqual(names(found).toSorted(), expected.toSorted(), query);
      assert.equal(found.total, expected.length);
    }
  for (const key of model.keys()) table.remove(...(key.split('/') as [string, string, string]));
  assert.deepEqual([table.size, table.bytes], [0, 0]);
});

test('when there is no more room objects are found by name, and it is told', async () => {
  const table = createTable({ clock: systemClock, bytesMax: 1000 });
  const label: Word = { field: 'label', value: 'app=shop' };
  for (let index = 0; index < 20; index++) put(table, 'pods', 'a', `web-${index}`, label);
  assert.ok(table.shortened > 0);
  assert.equal((await table.search(everywhere('pods'), parseQuery('web'), 5)).total, 20);
  assert.equal((await table.search(everywhere('pods'), parseQuery('shop'), 5)).total, 20 - table.shortened);
  for (let index = 0; index < 20; index++) table.remove('pods', 'a', `web-${index}`);
  assert.equal(table.shortened, 0);
});

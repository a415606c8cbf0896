/** The script itself, and how what is printed is compared with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf, oldMinor, readDifferences, readScript } from './support/script.ts';
import { expectedOf, inWordsOf, isIn, parseTranscript, withoutNotices } from './support/transcript.ts';

const script = readScript();
const differences = readDifferences();
const allIn = (minor: number): number =>
  script.flatMap(({ steps }) => steps).filter(step => expectedOf(step, minor)).length;

test('every version from 1.27 to 1.33 has at least 150 commands, and so have the chapters that all of them play', () => {
  for (let minor = 27; minor <= 33; minor++) assert.ok(allIn(minor) >= 150, `1.${minor} has ${allIn(minor)}`);
  const core = script.filter(({ name }) => ['apply', 'create', 'get'].includes(name));
  assert.ok(core.flatMap(({ steps }) => steps).length >= 150);
});

test('no chapter has the same command twice', () => {
  for (const { name, steps } of script)
    assert.deepEqual(
      steps.map(({ command }) => command).filter((command, at, all) => all.indexOf(command) !== at),
      [],
      name,
    );
});

test('each difference of kubectl 1.20 is of a command of the script, differs, and has its reason', () => {
  for (const entry of differences) {
    const chapter = script.find(({ name }) => name === entry.chapter);
    const step = chapter?.steps.find(({ command }) => command === entry.command);
    assert.ok(chapter && step, `${entry.chapter} has ${entry.command}`);
    assert.equal(differenceOf(differences, chapter, step), entry, `${entry.command} has one entry`);
    assert.notEqual(entry.reason, '', `${entry.command} has a reason`);
    const usual = isIn(oldMinor, step) && expectedOf(step, oldMinor);
    assert.notDeepEqual(entry.expected.at(-1), usual, `${entry.command} differs`);
  }
});

test('a transcript', () => {
  const [first, second] = parseTranscript(
    [
      '== one',
      '# Why.',
      '$ kubectl get \\',
      '>   pods',
      '@ since 1.28',
      '  NAME  AGE',
      '',
      '  web   <age>',
      '~ since 1.31',
      '! error: no',
      '? 1',
      '',
      '% kubectl version',
    ].join('\n'),
  );
  assert.deepEqual(
    { ...first, expected: undefined },
    {
      ...{ chapter: 'one', command: 'kubectl get \\\n  pods', repeats: false, reason: 'Why.', line: 3 },
      ...{ since: 28, expected: undefined },
    },
  );
  assert.equal(expectedOf(first!, 27), undefined);
  assert.deepEqual(expectedOf(first!, 30), { stdout: ['NAME  AGE', '', 'web   <age>'], stderr: [], code: 0 });
  assert.deepEqual(expectedOf(first!, 31), { since: 31, stdout: [], stderr: ['error: no'], code: 1 });
  assert.equal(second?.repeats, true);
  assert.throws(() => parseTranscript('nonsense'), /line 1 means nothing/);
});

const known = { ns: 'shop' };
for (const [name, expected, printed, fits] of [
  ['the same', ['a'], 'a\n', true],
  ['another', ['a'], 'b\n', false],
  ['a line more', ['a'], 'a\nb\n', false],
  ['a line less', ['a', 'b'], 'a\n', false],
  ['nothing', [], '', true],
  ['another width of columns', ['NAME  AGE'], 'NAME        AGE\n', true],
  ['another indentation', ['  a'], '    a\n', false],
  ['an age', ['web  <age>'], 'web  3m12s\n', true],
  ['no age', ['web  <age>'], 'web  <none>\n', false],
  ['a known word', ['in <ns>'], 'in shop\n', true],
  ['another word than the known', ['in <ns>'], 'in shops\n', false],
  ['words in angle brackets that kubectl prints', ['<none>'], '<none>\n', true],
  ['signs of patterns', ['a.b*(c) [d]'], 'a.b*(c) [d]\n', true],
  ['a dot is a dot', ['a.b'], 'axb\n', false],
  ['a gap', ['a', '...', 'd'], 'a\nb\nc\nd\n', true],
  ['a gap of nothing', ['a', '...', 'd'], 'a\nd\n', true],
  ['a gap at the end', ['a', '...'], 'a\nb\n', true],
  ['what should follow a gap', ['a', '...', 'd'], 'a\nb\n', false],
] as const)
  test(`compared: ${name}`, () => {
    assert.equal(inWordsOf(expected, printed, known) === expected, fits);
  });

test('a comparison that fails shows what does not fit', () => {
  assert.deepEqual(inWordsOf(['web  <age>', 'b'], 'web   3s\nc\n'), ['web  <age>', 'c']);
});

test('of kubectl’s own log those lines are left out that only a slow machine brings about', () => {
  const log = (text: string): string => `I1122 03:02:01.123456   41 request.go:665] ${text}\n`;
  const error = 'error: no\n';
  const slow = log('Waited for 1.05s due to client-side throttling, not priority and fairness, request: GET:https://x');
  const early = 'E1122 03:02:01.123456   41 websocket.go:296] Unknown stream id 1, discarding message\n';
  assert.equal(withoutNotices(`${slow}${error}${early}`), error);
  assert.equal(withoutNotices(log('something else')), log('something else'));
});

/** Programs that go on beside the shell: what they write is looked for at once, before they may have begun. */
const inBackground = /(?<!&)&(?![&>\d])/;

test('what goes on in the background writes to a file that is there before', () => {
  for (const { name, steps } of script)
    for (const { command } of steps) {
      if (!inBackground.test(command.replaceAll(/'[^']*'|"[^"]*"|[0-9]?>&[0-9]/g, ''))) continue;
      const files = [...command.matchAll(/>\s*(\w+)\s*&/g)].map(([, file]) => file!);
      assert.notEqual(files.length, 0, `${name}: ${command}: its output goes to a file`);
      for (const file of files) assert.match(command, new RegExp(`^touch .*\\b${file}\\b`), `${name}: ${command}`);
      assert.match(command, /until grep -q/, `${name}: ${command}: it is waited for`);
      assert.match(command, /kill \$\w+/, `${name}: ${command}: it is ended`);
    }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { chartOf } from '../chart/chart.ts';
import { folder, noon, renderText, type TextOptions } from '../testing/text.ts';
import { renderRelease } from './render.ts';

/** Charts that a stranger wrote to keep a server busy, and what ends them. Limits are low, so that the tests are short. */
const limits = { steps: 200_000, outputSize: 1 << 20, depth: 64, lookups: 5 };

const cases: readonly [why: string, template: string, message: RegExp, options?: TextOptions][] = [
  [
    'a template that includes itself',
    '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    /exceeded maximum template depth \(64\)/,
  ],
  [
    'a template that calls itself',
    '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
    /exceeded maximum template depth \(64\)/,
  ],
  [
    'tpl of tpl',
    '{{ define "a" }}{{ tpl "{{ include \\"a\\" . }}" . }}{{ end }}{{ include "a" . }}',
    /exceeded maximum template depth/,
  ],
  ['a loop over a huge number', '{{ range 100000000 }}{{ end }}', /more than 200000 steps/],
  ['loops in loops', '{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}', /more than 200000 steps/],
  ['a huge list', '{{ until 900000000 }}', /is more than 16777216|longer than/],
  ['a list of the size of memory', '{{ len (untilStep 0 16000000 1) }}', /more than 1048576 characters/],
  ['a text repeated', '{{ repeat 16000000 "abcdefgh" }}', /longer than 16777216/],
  [
    'a text that doubles',
    '{{ $x := "ab" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}',
    /more than 1048576 characters|longer than/,
  ],
  [
    'a text replaced by more',
    '{{ repeat 5000 "a" | replace "a" (repeat 5000 "b") }}',
    /more than 1048576 characters|longer than/,
  ],
  ['padding without end', '{{ printf "%999999999d" 1 }}', /more than 1048576 characters|steps/],
  ['a map that holds itself', '{{ $d := dict }}{{ $_ := set $d "self" $d }}{{ toYaml $d }}', /nested deeper than 200/],
  [
    'a list of lists of lists',
    '{{ $x := list 1 }}{{ range until 40 }}{{ $x = list $x $x }}{{ end }}{{ toJson $x }}',
    /more than 200000 steps/,
  ],
  [
    'the same, compared',
    '{{ $x := list 1 }}{{ $y := list 1 }}{{ range until 40 }}{{ $x = list $x $x }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}',
    /more than 200000 steps/,
  ],
  [
    'the same, printed',
    '{{ $x := list 1 }}{{ range until 40 }}{{ $x = list $x $x }}{{ end }}{{ $x }}',
    /more than 200000 steps/,
  ],
  [
    'merging what holds itself',
    '{{ $a := dict }}{{ $_ := set $a "x" $a }}{{ $b := dict }}{{ $_ := set $b "x" $b }}{{ merge $a $b }}',
    /nested deeper than 200/,
  ],
  ['parentheses in parentheses', `{{ ${'('.repeat(3000)}1${')'.repeat(3000)} }}`, /nested deeper than 200/],
  ['ifs in ifs', `${'{{ if true }}'.repeat(3000)}${'{{ end }}'.repeat(3000)}`, /nested deeper than 200/],
  [
    'an expression with many ways to fail',
    '{{ regexFind "((a{1,100}){1,50})+$" (repeat 20000 "a") }}',
    /costs too much|too large/,
  ],
  ['keys upon keys', '{{ range until 100 }}{{ $_ := genPrivateKey "rsa" }}{{ end }}', /more than 200000 steps/],
  [
    'questions upon questions',
    '{{ range until 100 }}{{ $_ := lookup "v1" "Pod" "" "" }}{{ end }}',
    /look up more than 5 objects/,
    { lookup: () => Promise.resolve({}) },
  ],
  [
    'JSON nested without end',
    '{{ fromJson (print (repeat 30000 "[") (repeat 30000 "]")) | toJson | len }}{{ fail "read" }}',
    /: read$/,
  ],
  [
    'products upon products',
    '{{ $x := 1.5 }}{{ range until 9 }}{{ $x = mulf $x $x }}{{ end }}{{ fail "done" }}',
    /done$/,
  ],
];

for (const [why, template, message, options] of cases) {
  test(`${why} comes to an end`, async () => {
    await assert.rejects(renderText(template, {}, { limits, ...options }), { name: 'RenderError', message });
  });
}

test('others have their turn while a chart is rendered', async () => {
  let turns = 0;
  let isOver = false;
  const counting = (async () => {
    while (!isOver) {
      await new Promise(resolve => setImmediate(resolve));
      turns++;
    }
  })();
  const chart = chartOf(
    folder({
      'Chart.yaml': 'apiVersion: v2\nname: busy\nversion: 1.0.0\n',
      'templates/NOTES.txt': '{{ range until 20000 }}{{ add . 1 | toString | upper | quote }}{{ end }}',
    }),
  );
  await renderRelease(chart, {
    name: 'busy',
    namespace: 'n',
    revision: 1,
    isUpgrade: false,
    values: {},
    capabilities: { kubeVersion: 'v1.34.0', apiVersions: [] },
    now: noon,
    random: seededRandom(1),
  });
  isOver = true;
  await counting;
  assert.ok(turns >= 10, `${turns} turns`);
});

test('rendering can be called off', async () => {
  const chart = chartOf(
    folder({
      'Chart.yaml': 'apiVersion: v2\nname: busy\nversion: 1.0.0\n',
      'templates/NOTES.txt': '{{ range 1000000 }}{{ end }}',
    }),
  );
  await assert.rejects(
    renderRelease(chart, {
      name: 'busy',
      namespace: 'n',
      revision: 1,
      isUpgrade: false,
      values: {},
      capabilities: { kubeVersion: 'v1.34.0', apiVersions: [] },
      now: noon,
      random: seededRandom(1),
      signal: AbortSignal.abort(new Error('called off')),
    }),
    /called off/,
  );
});

test('keys with a meaning to JavaScript are keys like others', async () => {
  const values = JSON.parse('{"__proto__": {"polluted": "yes"}, "constructor": {"x": 1}}') as object;
  const template =
    '{{ toJson (omit .Values "global") }}{{ (fromJson "{\\"__proto__\\":{\\"polluted\\":1}}").polluted }}{{ (dict).constructor }}';
  assert.equal(await renderText(template, values), '{"__proto__":{"polluted":"yes"},"constructor":{"x":1}}');
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

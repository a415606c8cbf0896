import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderText } from '../testing/text.ts';

type Case = readonly [template: string, text: string];

const values = {
  name: 'Ann',
  count: 3,
  large: 1234567,
  half: 0.5,
  on: true,
  off: false,
  none: null,
  list: ['a', 'b', 'c'],
  map: { b: 2, a: 1 },
  deep: { er: { est: 'x' } },
  items: [
    { n: 'x', v: 1 },
    { n: 'y', v: 2 },
  ],
};

async function all(cases: readonly Case[]) {
  for (const [template, text] of cases) assert.equal(await renderText(template, values), text, template);
}

test('texts, comments and trimmed space', () =>
  all([
    ['plain', 'plain'],
    ['a{{/* b */}}c', 'ac'],
    ['a {{- /* b */ -}} c', 'ac'],
    ['a \n {{- "b" -}} \n\t c', 'abc'],
    ['{{ "a" -}}\n b', 'ab'],
    ['a {{ -3 }}', 'a -3'],
    ['{{- 3 -}}', '3'],
    ['{{"{{"}}', '{{'],
    ['{{ `raw "x" \\n` }}', 'raw "x" \\n'],
    ['{{ "t\\tx\\u00e9\\x41" }}', 't\txéA'],
    ['{{ print\n 1\n 2 }}', '1 2'],
  ]));

test('values and fields', () =>
  all([
    ['{{ .Values.name }}', 'Ann'],
    ['{{ .Values.deep.er.est }}', 'x'],
    ['{{ (index .Values.items 1).n }}', 'y'],
    ['{{ .Values.missing }}|{{ .Values.none }}', '|'],
    ['{{ print .Values.missing }}', '<nil>'],
    ['{{ .Values.list }} {{ .Values.map }}', '[a b c] map[a:1 b:2]'],
    ['{{ .Values.count }} {{ .Values.half }} {{ .Values.large }}', '3 0.5 1.234567e+06'],
    [
      "{{ 1234567 }} {{ 1e6 }} {{ 0x10 }} {{ 0b11 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ 'a' }}",
      '1234567 1e+06 16 3 15 15 1000 97',
    ],
    ['{{ true }} {{ false }}', 'true false'],
    [
      '{{ .Release.Name }} {{ .Release.Revision }} {{ .Release.IsUpgrade }} {{ .Release.Service }}',
      'story 3 true Helm',
    ],
    ['{{ .Chart.Name }}-{{ .Chart.Version }}-{{ .Chart.AppVersion }}-{{ .Chart.Home }}', 'tale-1.2.3-7.1-'],
    ['{{ .Template.Name }} {{ .Template.BasePath }}', 'tale/templates/NOTES.txt tale/templates'],
    [
      '{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.KubeVersion.GitVersion }}',
      'v1.34.2 34 v1.34.2',
    ],
    [
      '{{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "x/v1" }}',
      'true false',
    ],
    ['{{ if semverCompare ">=1.20-0" .Capabilities.KubeVersion.GitVersion }}new{{ end }}', 'new'],
  ]));

test('pipelines and variables', () =>
  all([
    ['{{ "x" | printf "%s-%s" "y" }}', 'y-x'],
    ['{{ $a := 1 }}{{ $a }}{{ $a = 2 }}{{ $a }}', '12'],
    ['{{ $a := 1 }}{{ if true }}{{ $a = 2 }}{{ end }}{{ $a }}', '2'],
    ['{{ $a := 1 }}{{ if true }}{{ $a := 2 }}{{ $a }}{{ end }}{{ $a }}', '21'],
    ['{{ with $x := "y" }}{{ . }}{{ $x }}{{ end }}', 'yy'],
    ['{{ $.Values.name }}{{ with .Values.deep }}{{ $.Values.name }}{{ .er.est }}{{ end }}', 'AnnAnnx'],
    ['{{ $d := .Values.deep }}{{ $d.er.est }}', 'x'],
    ['{{ (printf "%d" 3) | len }}', '1'],
    ['{{ ((dict "a" (dict "b" 1)).a).b }}', '1'],
  ]));

test('what is not there can be asked for more, in parentheses and through variables', () =>
  all([
    ['{{ (.Values.missing).name }}|{{ ((.Values.missing).deep).er }}|{{ (.Values.missing).deep.er }}', '||'],
    ['{{ ((.Values.deep).er).est }} {{ (.Values.none).x | default "y" }}', 'x y'],
    ['{{ $x := .Values.missing }}{{ $x.name }}{{ if $x.name }}a{{ else }}b{{ end }}', 'b'],
    ['{{ define "z" }}{{ .name }}{{ end }}{{ template "z" }}{{ include "z" nil }}', ''],
    ['{{ (fromYaml "a: 1\\n---\\nb: 2").a }}', '1'],
  ]));

test('choices and loops', () =>
  all([
    ['{{ if .Values.on }}a{{ else }}b{{ end }}', 'a'],
    ['{{ if .Values.off }}a{{ else if eq .Values.name "Ann" }}b{{ else }}c{{ end }}', 'b'],
    ['{{ with .Values.none }}a{{ else with .Values.name }}{{ . }}{{ else }}c{{ end }}', 'Ann'],
    ['{{ if or .Values.off "" 0 (list) .Values.missing }}a{{ else }}b{{ end }}', 'b'],
    ['{{ if and 1 "x" .Values.on }}a{{ end }}', 'a'],
    ['{{ and .Values.missing .Values.missing.b }}', ''],
    ['{{ or "x" (fail "never") }}', 'x'],
    ['{{ not .Values.on }}', 'false'],
    ['{{ range .Values.list }}<{{ . }}>{{ end }}', '<a><b><c>'],
    ['{{ range $i, $v := .Values.list }}{{ $i }}{{ $v }}{{ end }}', '0a1b2c'],
    ['{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}', 'a=1;b=2;'],
    ['{{ range .Values.missing }}a{{ else }}none{{ end }}', 'none'],
    ['{{ range $v := .Values.list }}{{ if eq $v "b" }}{{ continue }}{{ end }}{{ $v }}{{ end }}', 'ac'],
    ['{{ range $v := .Values.list }}{{ if eq $v "b" }}{{ break }}{{ end }}{{ $v }}{{ end }}', 'a'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    ['{{ $last := "" }}{{ range .Values.list }}{{ $last = . }}{{ end }}{{ $last }}', 'c'],
    ['{{ range .Values.items }}{{ .n }}{{ $.Values.name }}{{ end }}', 'xAnnyAnn'],
    ['{{ range tuple 1 2 }}{{ range tuple 3 4 }}{{ . }}{{ end }}{{ . }}{{ end }}', '341342'],
  ]));

test('templates of templates', () =>
  all([
    ['{{ define "a" }}<{{ . }}>{{ end }}{{ template "a" "x" }}{{ template "a" }}', '<x><>'],
    ['{{ block "b" 7 }}[{{ . }}]{{ end }}', '[7]'],
    ['{{ define "c" }}{{ $x := 1 }}{{ $x }}{{ end }}{{ $x := 2 }}{{ template "c" }}{{ $x }}', '12'],
    ['{{ define "d" }}one\ntwo{{ end }}{{ include "d" . | indent 2 }}', '  one\n  two'],
    ['{{ tpl "{{ .Values.name }}!" . }}', 'Ann!'],
    [
      '{{ define "e" }}E{{ end }}{{ tpl "{{ include \\"e\\" . }}{{ define \\"f\\" }}F{{ end }}{{ include \\"f\\" . }}" . }}',
      'EF',
    ],
    ['{{ required "need it" .Values.name }}', 'Ann'],
  ]));

test('comparison has the types of Go', () =>
  all([
    ['{{ eq 1 1 }} {{ eq 1 2 1 }} {{ ne "a" "b" }}', 'true true true'],
    ['{{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 2.5 }}', 'true true true false'],
    ['{{ eq .Values.count 3.0 }} {{ eq (int .Values.count) 3 }} {{ eq (int64 3) 3 }}', 'true true true'],
    ['{{ eq .Values.missing nil }} {{ eq "a" .Values.missing }}', 'true false'],
  ]));

test('the functions of the language itself', () =>
  all([
    ['{{ len "é" }} {{ len .Values.list }} {{ len .Values.map }}', '2 3 2'],
    ['{{ index .Values.list 1 }} {{ index .Values.map "a" }} {{ index .Values.items 0 "n" }}', 'b 1 x'],
    ['{{ html "<a href=\'x\'>&" }}', '&lt;a href=&#39;x&#39;&gt;&amp;'],
    ['{{ js "it\'s <b>" }}', "it\\'s \\u003Cb\\u003E"],
    ['{{ urlquery "a b&c=é/" }}', 'a+b%26c%3D%C3%A9%2F'],
    ['{{ print "a" 1 2 "b" 3 }}|{{ println "a" 1 }}', 'a1 2b3|a 1\n'],
  ]));

test('printf has the verbs of Go', () =>
  all([
    [
      '{{ printf "%d %5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%U|%q" 42 42 42 42 42 255 255 8 5 65 65 65 }}',
      "42    42|42   |00042|+42|ff|FF|10|101|A|U+0041|'A'",
    ],
    [
      '{{ printf "%s|%10s|%-10s|%.2s|%q|%x" "abc" "abc" "abc" "abc" "a\\"b" "hi" }}',
      'abc|       abc|abc       |ab|"a\\"b"|6869',
    ],
    [
      '{{ printf "%f|%.2f|%8.3f|%e|%g|%G" 3.14159 3.14159 3.14159 1234.5 0.00001 1e21 }}',
      '3.141590|3.14|   3.142|1.234500e+03|1e-05|1E+21',
    ],
    ['{{ printf "%v %v %v %v %v" 1 "a" true .Values.list .Values.none }}', '1 a true [a b c] <nil>'],
    [
      '{{ printf "%T %T %T %T %T %T" 1 "a" 1.5 true .Values.list .Values.map }}',
      'int string float64 bool []interface {} map[string]interface {}',
    ],
    [
      '{{ printf "%d" "x" }} {{ printf "%s" 1 }} {{ printf "%d" .Values.count }}',
      '%!d(string=x) %!s(int=1) %!d(float64=3)',
    ],
    [
      '{{ printf "%d" }} {{ printf "x" 1 }} {{ printf "100%%" }} {{ printf "%z" 1 }} {{ printf "%" }}',
      '%!d(MISSING) x%!(EXTRA int=1) 100% %!z(int=1) %!(NOVERB)',
    ],
    [
      '{{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%*d" 4 7 }} {{ printf "%t" true }} {{ printf "%s" .Values.none }}',
      '2 1    7 true %!s(<nil>)',
    ],
    ['{{ printf "%s" .Values.list }} {{ printf "%q" .Values.list }}', '[a b c] ["a" "b" "c"]'],
    ['{{ printf "%#v %#v" "a" .Values.list }}', '"a" []interface {}{"a", "b", "c"}'],
    ['{{ printf "%6.2f%%" 12.345 }}', ' 12.35%'],
  ]));

test('what goes wrong is told in the words and at the place that Go names', async () => {
  const at = (rest: string) => `template: tale/templates/NOTES.txt:${rest}`;
  const cases: readonly [template: string, message: string][] = [
    [
      'a\n  {{ .Values.a.b }}',
      at('2:12: executing "tale/templates/NOTES.txt" at <.Values.a.b>: nil pointer evaluating interface {}.b'),
    ],
    [
      '{{ .Values.name.x }}',
      at(
        '1:10: executing "tale/templates/NOTES.txt" at <.Values.name.x>: can\'t evaluate field x in type interface {}',
      ),
    ],
    [
      '{{ index .Values.list 7 }}',
      at(
        '1:3: executing "tale/templates/NOTES.txt" at <index .Values.list 7>: error calling index: index out of range: 7',
      ),
    ],
    [
      '{{ index .Values "gone" "x" }}',
      at(
        '1:3: executing "tale/templates/NOTES.txt" at <index .Values "gone" "x">: error calling index: index of nil pointer',
      ),
    ],
    ['{{ upper 1 }}', at('1:9: executing "tale/templates/NOTES.txt" at <1>: expected string; found 1')],
    [
      '{{ upper .Values.count }}',
      at(
        '1:16: executing "tale/templates/NOTES.txt" at <.Values.count>: wrong type for value; expected string; got float64',
      ),
    ],
    [
      '{{ until .Values.count }}',
      at(
        '1:16: executing "tale/templates/NOTES.txt" at <.Values.count>: wrong type for value; expected int; got float64',
      ),
    ],
    [
      '{{ upper }}',
      at('1:3: executing "tale/templates/NOTES.txt" at <upper>: wrong number of args for upper: want 1 got 0'),
    ],
    [
      '{{ lt 1 "a" }}',
      at(
        '1:3: executing "tale/templates/NOTES.txt" at <lt 1 "a">: error calling lt: incompatible types for comparison',
      ),
    ],
    [
      '{{ range .Values.name }}{{ end }}',
      at('1:16: executing "tale/templates/NOTES.txt" at <.Values.name>: range can\'t iterate over Ann'),
    ],
    [
      '{{ template "zz" . }}',
      at('1:12: executing "tale/templates/NOTES.txt" at <{{template "zz" .}}>: template "zz" not defined'),
    ],
    [
      '{{ include "zz" . }}',
      at(
        '1:3: executing "tale/templates/NOTES.txt" at <include "zz" .>: error calling include: template: no template "zz" associated with template "gotpl"',
      ),
    ],
    [
      '{{ define "q" }}{{ .x.y }}{{ end }}{{ include "q" (dict) }}',
      at('1:38: executing "tale/templates/NOTES.txt" at <include "q" (dict)>: error calling include: ') +
        at('1:21: executing "q" at <.x.y>: nil pointer evaluating interface {}.y'),
    ],
    ['{{ 1 | 2 }}', 'parse error at (tale/templates/NOTES.txt:1): non executable command in pipeline stage 2'],
    ['{{ nofunc }}', 'parse error at (tale/templates/NOTES.txt:1): function "nofunc" not defined'],
    ['{{ $x }}', 'parse error at (tale/templates/NOTES.txt:1): undefined variable "$x"'],
    ['a\n{{ if true }}', 'parse error at (tale/templates/NOTES.txt:2): unexpected EOF'],
    ['{{ end }}', 'parse error at (tale/templates/NOTES.txt:1): unexpected {{end}}'],
    ['{{ "a }}', 'parse error at (tale/templates/NOTES.txt:1): unterminated quoted string'],
    ['{{ .a', 'parse error at (tale/templates/NOTES.txt:1): unclosed action'],
    ['{{ (1 }}', 'parse error at (tale/templates/NOTES.txt:1): unclosed left paren'],
    ['{{ break }}', 'parse error at (tale/templates/NOTES.txt:1): {{break}} outside {{range}}'],
    ['{{ fail "no: way" }}', 'execution error at (tale/templates/NOTES.txt:1:3): no: way'],
    [
      '{{ define "r" }}{{ required "need x" .x }}{{ end }}\n{{ include "r" (dict) }}',
      'execution error at (tale/templates/NOTES.txt:2:3): need x',
    ],
  ];
  for (const [template, message] of cases)
    await assert.rejects(renderText(template, values), { name: 'RenderError', message }, template);
});

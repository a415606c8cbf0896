import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { renderText } from '../testing/text.ts';
import { functions } from './index.ts';

type Case = readonly [template: string, text: string];

const values = {
  count: 3,
  list: ['b', 'a', 'b'],
  map: { a: 1, b: { c: 'x' } },
  text: 'Hello World',
  config: { replicas: 2, image: { tag: '1.0', names: ['x', 'y'] }, empty: {}, none: null, flag: true, odd: 'yes' },
};

async function all(cases: readonly Case[]) {
  for (const [template, text] of cases) assert.equal(await renderText(`{{ ${template} }}`, values), text, template);
}

test('every function of Helm is there, but for the environment', () => {
  const names =
    'abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains date dateInZone dateModify date_in_zone date_modify decryptAES deepCopy deepEqual default derivePassword dict dig dir div divf duration durationRound empty encryptAES ext first float64 floor fromJson fromJsonArray fromToml fromYaml fromYamlArray genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey get getHostByName has hasKey hasPrefix hasSuffix hello htmlDate htmlDateInZone htpasswd indent initial initials int int64 isAbs join kebabcase keys kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq mustWithout must_date_modify nindent nospace now omit osBase osClean osDir osExt osIsAbs pick pluck plural prepend push quote randAlpha randAlphaNum randAscii randBytes randInt randNumeric regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace rest reverse round semver semverCompare seq set sha1sum sha256sum sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary title toDate toDecimal toJson toPrettyJson toRawJson toString toStrings toToml toYaml toYamlPretty trim trimAll trimPrefix trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper urlJoin urlParse uuidv4 values without wrap wrapWith' +
    ' and call eq ge gt html index js le len lt ne not or print printf println urlquery';
  assert.deepEqual(
    names.split(' ').filter(name => !functions.has(name)),
    [],
  );
  assert.equal(functions.has('env') || functions.has('expandenv'), false);
});

test('texts', () =>
  all([
    ['trim "  a b\\n"', 'a b'],
    ['trimAll "$" "$5.00$"', '5.00'],
    ['trimSuffix "-" "hello-"', 'hello'],
    ['trimPrefix "-" "-hello"', 'hello'],
    ['upper "hello"', 'HELLO'],
    ['title "hello world-wide it\'s"', "Hello World-Wide It'S"],
    ['untitle "Hello World"', 'hello world'],
    ['repeat 3 "ab"', 'ababab'],
    ['substr 0 5 "hello world"', 'hello'],
    ['substr 6 -1 "hello world"', 'world'],
    ['nospace "hello w o r l d"', 'helloworld'],
    ['trunc 5 "hello world"', 'hello'],
    ['trunc -5 "hello world"', 'world'],
    ['abbrev 5 "hello world"', 'he...'],
    ['abbrevboth 5 10 "1234 5678 9123"', '...5678...'],
    ['initials "First Try"', 'FT'],
    ['contains "cat" "catch"', 'true'],
    ['hasPrefix "cat" "catch"', 'true'],
    ['quote "a\\"b" 1 nil', '"a\\"b" "1"'],
    ['squote "a" 1', "'a' '1'"],
    ['cat "hello" "beautiful" "world" 1', 'hello beautiful world 1'],
    ['indent 4 "a\\nb"', '    a\n    b'],
    ['nindent 2 "a\\nb"', '\n  a\n  b'],
    ['"I Am Henry VIII" | replace " " "-"', 'I-Am-Henry-VIII'],
    ['plural "one anchovy" "many anchovies" 2', 'many anchovies'],
    ['snakecase "FirstName"', 'first_name'],
    ['snakecase "HTTPServer"', 'http_server'],
    ['camelcase "http_server"', 'HttpServer'],
    ['kebabcase "FirstName"', 'first-name'],
    ['swapcase "This Is A.Test"', 'tHIS iS a.tEST'],
    ['wrap 5 "one two three"', 'one\ntwo\nthree'],
    ['wrapWith 5 "\\t" "Hello World"', 'Hello\tWorld'],
    ['(split "$" "foo$bar$baz")._1', 'bar'],
    ['(splitn "$" 2 "foo$bar$baz")._1', 'bar$baz'],
    ['splitList "$" "foo$bar" | join "-"', 'foo-bar'],
    ['toString 1.5', '1.5'],
    ['list 1 2 3 | toStrings', '[1 2 3]'],
    ['shuffle "hello" | len', '5'],
  ]));

test('numbers', () =>
  all([
    ['add 1 2 3', '6'],
    ['add "1" 2.9 true', '4'],
    ['add1 2', '3'],
    ['sub 1 3', '-2'],
    ['div 7 2', '3'],
    ['mod -7 2', '-1'],
    ['mul 1 2 3', '6'],
    ['max 1 5 3', '5'],
    ['min 2 1 3', '1'],
    ['ceil 123.001', '124'],
    ['floor 123.9999', '123'],
    ['round 123.555555 3', '123.556'],
    ['addf 0.1 0.2', '0.3'],
    ['subf 7.5 2 3', '2.5'],
    ['mulf 1.5 2 2', '6'],
    ['divf 10 2 4', '1.25'],
    ['add1f 1.5', '2.5'],
    ['maxf 1 2.5 3', '3'],
    ['atoi "12"', '12'],
    ['atoi "x"', '0'],
    ['int "0x10"', '16'],
    ['int 3.9', '3'],
    ['int64 "9223372036854775807"', '9223372036854775807'],
    ['float64 "3.5"', '3.5'],
    ['toDecimal "0777"', '511'],
    ['until 5', '[0 1 2 3 4]'],
    ['untilStep 3 6 2', '[3 5]'],
    ['seq 5', '1 2 3 4 5'],
    ['seq 0 2', '0 1 2'],
    ['seq 0 2 10', '0 2 4 6 8 10'],
    ['seq 2 -2', '2 1 0 -1 -2'],
    ['int .Values.count | until', '[0 1 2]'],
    ['kindOf (add 1 2)', 'int64'],
    ['kindOf .Values.count', 'float64'],
  ]));

test('lists', () =>
  all([
    ['first .Values.list', 'b'],
    ['rest .Values.list', '[a b]'],
    ['last .Values.list', 'b'],
    ['initial .Values.list', '[b a]'],
    ['append .Values.list "z"', '[b a b z]'],
    ['prepend .Values.list "z"', '[z b a b]'],
    ['concat .Values.list (list 1 2)', '[b a b 1 2]'],
    ['reverse (list 1 2 3)', '[3 2 1]'],
    ['uniq .Values.list', '[b a]'],
    ['without .Values.list "a"', '[b b]'],
    ['has "a" .Values.list', 'true'],
    ['has 3 nil', 'false'],
    ['compact (list 1 "" "a" nil)', '[1 a]'],
    ['slice (list 1 2 3 4 5) 1 3', '[2 3]'],
    ['sortAlpha .Values.list', '[a b b]'],
    ['chunk 2 (list 1 2 3)', '[[1 2] [3]]'],
    ['join "," (list 1 "a" nil true)', '1,a,true'],
  ]));

test('maps', () =>
  all([
    ['dict "a" 1 "b"', 'map[a:1 b:]'],
    ['get .Values.map "a"', '1'],
    ['get .Values.map "z"', ''],
    ['set (dict "a" 1) "b" 2', 'map[a:1 b:2]'],
    ['unset (dict "a" 1 "b" 2) "a"', 'map[b:2]'],
    ['hasKey .Values.map "a"', 'true'],
    ['pluck "a" .Values.map (dict "a" 2) (dict)', '[1 2]'],
    ['keys .Values.map | sortAlpha', '[a b]'],
    ['values (dict "a" 1)', '[1]'],
    ['pick .Values.map "a"', 'map[a:1]'],
    ['omit .Values.map "a"', 'map[b:map[c:x]]'],
    ['merge (dict "a" 1 "b" (dict "x" 1)) (dict "a" 2 "b" (dict "y" 2) "c" 3)', 'map[a:1 b:map[x:1 y:2] c:3]'],
    ['mergeOverwrite (dict "a" 1 "b" (dict "x" 1)) (dict "a" 2 "b" (dict "x" 2))', 'map[a:2 b:map[x:2]]'],
    ['dig "b" "c" "no" .Values.map', 'x'],
    ['dig "b" "z" "no" .Values.map', 'no'],
    ['deepEqual (deepCopy .Values.map) .Values.map', 'true'],
    ['dict "__proto__" 1', 'map[__proto__:1]'],
  ]));

test('choices and types', () =>
  all([
    ['default "foo" .Values.missing', 'foo'],
    ['default "foo" ""', 'foo'],
    ['.Values.count | default 5', '3'],
    ['coalesce 0 "" nil 1 2', '1'],
    ['ternary "yes" "no" true', 'yes'],
    ['true | ternary "b" "c"', 'b'],
    ['empty 0', 'true'],
    ['all 1 "a" nil', 'false'],
    ['any 0 "a"', 'true'],
    ['typeOf .Values.map', 'map[string]interface {}'],
    ['kindIs "map" .Values.map', 'true'],
    ['typeIs "string" "a"', 'true'],
    ['kindOf nil', 'invalid'],
  ]));

test('encodings', () =>
  all([
    ['b64enc "hello é"', 'aGVsbG8gw6k='],
    ['b64dec "aGVsbG8="', 'hello'],
    ['b64dec "a$"', 'illegal base64 data at input byte 1'],
    ['b32enc "hello"', 'NBSWY3DP'],
    ['b32dec "NBSWY3DPEE======"', 'hello!'],
    ['sha1sum "hello"', 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ['sha256sum ""', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['sha512sum "a" | trunc 8', '1f40fc92'],
    ['adler32sum "Wikipedia"', '300286872'],
  ]));

test('dates, by the given clock', () =>
  all([
    ['now | date "2006-01-02"', '2024-05-17'],
    ['now | date "Mon, 2 Jan 2006 15:04:05 MST"', 'Fri, 17 May 2024 12:30:15 UTC'],
    ['now | date "3:04PM"', '12:30PM'],
    ['dateInZone "15:04 -0700" (now) "Europe/Berlin"', '14:30 +0200'],
    ['htmlDate 0', '1970-01-01'],
    ['now | unixEpoch', '1715949015'],
    ['now | dateModify "-1.5h" | date "15:04"', '11:00'],
    ['toDate "2006-01-02" "2017-12-31" | date "02/01/2006"', '31/12/2017'],
    ['(toDate "2006-01-02T15:04:05Z07:00" "2017-12-31T01:00:00+02:00").Unix', '1514674800'],
    ['ago (toDate "2006-01-02 15:04:05" "2024-05-17 10:00:00")', '2h30m15s'],
    ['duration "95"', '1m35s'],
    ['durationRound "2h10m5s"', '2h'],
    ['durationRound "2400h10m5s"', '3mo'],
    ['(now).Year', '2024'],
    ['(now).Month', 'May'],
    ['toDate "2006-01-02" "x"', '0001-01-01 00:00:00 +0000 UTC'],
    ['now', '2024-05-17 12:30:15 +0000 UTC'],
  ]));

test('regular expressions', () =>
  all([
    ['regexMatch "^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\\\.[A-Za-z]{2,}$" "test@acme.com"', 'true'],
    ['regexFindAll "[2,4,6,8]" "123456789" -1', '[2 4 6 8]'],
    ['regexFind "[a-zA-Z][1-9]" "abcd1234"', 'd1'],
    ['regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W"', '-W-xxW-'],
    ['regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W"', '---'],
    ['regexReplaceAll "(?P<first>\\\\w+) (?P<last>\\\\w+)" "Ann Lee" "$last, ${first}"', 'Lee, Ann'],
    ['regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${1}"', '-${1}-${1}-'],
    ['regexReplaceAll "x*" "ab" "-"', '-a-b-'],
    ['regexSplit "z+" "pizza" -1', '[pi a]'],
    ['regexSplit "a" "banana" 2', '[b nana]'],
    ['regexQuoteMeta "1.2.3"', '1\\.2\\.3'],
  ]));

test('versions', () =>
  all([
    ['(semver "1.2.3-alpha.1+123").Prerelease', 'alpha.1'],
    ['(semver "v1.2").Original', 'v1.2'],
    ['semver "v1.2"', '1.2.0'],
    ['(semver "1.2.3").Major', '1'],
    ['semverCompare "^1.2.0" "1.5.0"', 'true'],
    ['semverCompare "^0.2.0" "0.3.0"', 'false'],
    ['semverCompare "~1.2" "1.2.9"', 'true'],
    ['semverCompare "~1.2.3" "1.3.0"', 'false'],
    ['semverCompare ">=1.19-0" "1.19.0-gke.1"', 'true'],
    ['semverCompare ">=1.19" "1.20.0-rc.1"', 'false'],
    ['semverCompare ">=1.16.0, <2 || 3.x" "3.4.5"', 'true'],
    ['semverCompare "1.2 - 2.3.4" "2.3.4"', 'true'],
    ['semverCompare "!=1.2.x" "1.2.5"', 'false'],
    ['semverCompare ">1.2" "1.2.5"', 'false'],
    ['semverCompare "<=1.2" "1.2.5"', 'true'],
    ['semverCompare "*" "7.0.0"', 'true'],
    ['semverCompare "=1.2.3" "v1.2.3"', 'true'],
  ]));

test('paths and URLs', () =>
  all([
    ['base "foo/bar/baz"', 'baz'],
    ['dir "foo/bar/baz"', 'foo/bar'],
    ['clean "foo/bar/../baz"', 'foo/baz'],
    ['ext "foo.bar"', '.bar'],
    ['isAbs "/foo"', 'true'],
    ['(urlParse "http://admin:secret@server.com:8080/api?list=false#anchor").host', 'server.com:8080'],
    ['(urlParse "http://admin:secret@server.com:8080/api?list=false#anchor").userinfo', 'admin:secret'],
    [
      'urlJoin (dict "fragment" "fragment" "host" "host:80" "path" "/path" "query" "query" "scheme" "http")',
      'http://host:80/path?query#fragment',
    ],
    ['getHostByName "www.example.com"', ''],
  ]));

test('YAML, JSON and TOML', () =>
  all([
    [
      'toYaml .Values.config',
      'empty: {}\nflag: true\nimage:\n  names:\n  - x\n  - "y"\n  tag: "1.0"\nnone: null\nodd: "yes"\nreplicas: 2',
    ],
    ['toYamlPretty (dict "a" (list 1 2))', 'a:\n  - 1\n  - 2'],
    ['toYaml (dict "a" (list))', 'a: []'],
    ['toYaml "x"', 'x'],
    ['toJson (dict "b" (list 1 "<x>") "a" nil)', '{"a":null,"b":[1,"\\u003cx\\u003e"]}'],
    ['toRawJson (dict "a" "<x>")', '{"a":"<x>"}'],
    ['toPrettyJson (dict "a" (list 1))', '{\n  "a": [\n    1\n  ]\n}'],
    ['(fromYaml "a: 1\\nb: [x]").b', '[x]'],
    [
      'fromYaml "a: yes\\nb: 010\\nc: 2024-01-01\\nd: 1:30\\ne: y\\nf: 1_000\\ng: .5"',
      'map[a:true b:8 c:2024-01-01 d:1:30 e:true f:1000 g:0.5]',
    ],
    [
      '(fromYaml "[1]").Error',
      'error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    ['hasKey (fromYaml "a: b: c") "Error"', 'true'],
    ['fromYamlArray "- 1\\n- a"', '[1 a]'],
    ['(fromJson "{\\"a\\": {\\"b\\": 1}}").a.b', '1'],
    ['fromJsonArray "[1, 2]"', '[1 2]'],
    ['kindOf (fromJson "{\\"a\\": 1}").a', 'float64'],
    [
      'toToml (dict "a" 1 "b" (dict "c" "x" "d" (list 1 2)) "e" true)',
      'a = 1\ne = true\n\n[b]\n  c = "x"\n  d = [1, 2]\n',
    ],
    [
      'fromToml "a = 1\\n[b.c]\\nd = [1, 2.5, \\"x\\"]\\n[[e]]\\nf = true\\n[[e]]\\ng = { h = \'i\' }"',
      'map[a:1 b:map[c:map[d:[1 2.5 x]]] e:[map[f:true] map[g:map[h:i]]]]',
    ],
  ]));

test('chance comes from the given source: a seed repeats it', async () => {
  const template = '{{ randAlphaNum 12 }} {{ randNumeric 4 }} {{ randInt 5 9 }} {{ uuidv4 }} {{ randBytes 6 }}';
  const text = await renderText(template);
  assert.match(text, /^[a-zA-Z0-9]{12} \d{4} [5-8] [0-9a-f-]{36} [A-Za-z0-9+/]{8}$/);
  assert.equal(await renderText(template), text);
});

test('passwords and ciphers', async () => {
  assert.match(await renderText('{{ htpasswd "ann" "secret" }}'), /^ann:\$2a\$10\$[./A-Za-z0-9]{53}$/);
  assert.equal(await renderText('{{ htpasswd "ann" "secret" "sha" }}'), 'ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=');
  assert.equal(await renderText('{{ encryptAES "key" "text" | decryptAES "key" }}'), 'text');
  assert.equal(await renderText('{{ derivePassword 1 "long" "password" "user" "example.com" }}'), 'ZedaFaxcZaso9*');
  assert.match(await renderText('{{ genPrivateKey "ecdsa" }}'), /^-----BEGIN EC PRIVATE KEY-----\n/);
});

test('certificates', async () => {
  const text = await renderText(
    '{{ $ca := genCA "my-ca" 365 }}{{ $cert := genSignedCert "web" (list "10.0.0.1") (list "web.example.com") 30 $ca }}{{ $ca.Cert }}|{{ $cert.Cert }}|{{ $cert.Key }}|{{ (genSelfSignedCert "own" nil nil 1).Cert }}',
  );
  const [authority, leaf, key, own] = text.split('|') as [string, string, string, string];
  const [ca, certificate] = [new X509Certificate(authority), new X509Certificate(leaf)];
  assert.equal(ca.ca, true);
  assert.equal(certificate.verify(ca.publicKey), true);
  assert.equal(certificate.issuer, 'CN=my-ca');
  assert.equal(certificate.subjectAltName, 'DNS:web.example.com, IP Address:10.0.0.1');
  assert.equal(new Date(certificate.validTo).getTime() - new Date(certificate.validFrom).getTime(), 30 * 86_400_000);
  assert.match(key, /BEGIN RSA PRIVATE KEY/);
  assert.equal(new X509Certificate(own).subject, 'CN=own');
});

test('what lookup finds', async () => {
  const lookup = (apiVersion: string, kind: string, namespace: string, name: string) =>
    Promise.resolve(name === 'here' ? { data: { a: `${apiVersion} ${kind} ${namespace}` } } : undefined);
  const template =
    '{{ (lookup "v1" "Secret" "ns" "here").data.a }} {{ if not (lookup "v1" "Secret" "ns" "gone") }}none{{ end }} {{ empty (lookup "v1" "Pod" "" "") }}';
  assert.equal(await renderText(template, {}, { lookup }), 'v1 Secret ns none true');
});

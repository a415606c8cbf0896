import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { chartOf } from '../chart/chart.ts';
import { standardChart } from '../testing/standard-chart.ts';
import { folder, noon } from '../testing/text.ts';
import type { Chart, Rendered } from '../types.ts';
import { renderRelease } from './render.ts';

const render = (chart: Chart, values: object = {}, kubeVersion = 'v1.34.0'): Promise<Rendered> =>
  renderRelease(chart, {
    name: 'my',
    namespace: 'shop',
    revision: 1,
    isUpgrade: false,
    values: { ...values },
    capabilities: { kubeVersion, apiVersions: ['v1', 'apps/v1'] },
    now: noon,
    random: seededRandom(1),
  });

const head = 'apiVersion: v2\nname: top\nversion: 1.0.0\n';
const small = (files: Readonly<Record<string, string>>): Chart => chartOf(folder({ 'Chart.yaml': head, ...files }));
const settings = (name: string, body: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  said: ${body}\n`;
const said = ({ manifests }: Rendered): Record<string, unknown> =>
  Object.fromEntries(
    manifests.map(({ object }) => [object.metadata.name, (object as { data?: { said: unknown } }).data?.said]),
  );

test('the chart that most begin with becomes its objects, in the order of installation', async () => {
  const { manifests, hooks, notes, manifest } = await render(standardChart());
  assert.deepEqual(
    manifests.map(({ object, path }) => [object.kind, object.metadata.name, path]),
    [
      ['ServiceAccount', 'my-web', 'web/templates/serviceaccount.yaml'],
      ['ConfigMap', 'my-web-settings', 'web/templates/settings.yaml'],
      ['Service', 'my-web', 'web/templates/service.yaml'],
      ['Deployment', 'my-web', 'web/templates/deployment.yaml'],
    ],
  );
  const labels = {
    'app.kubernetes.io/instance': 'my',
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/name': 'web',
    'app.kubernetes.io/version': '1.16.0',
    'helm.sh/chart': 'web-0.1.0',
  };
  assert.deepEqual(manifests[3]!.object.metadata.labels, labels);
  assert.deepEqual((manifests[1]!.object as { data?: object }).data, { colour: 'blue', 'motd.txt': 'hello\n' });
  const [container] = (manifests[3]!.object as unknown as { spec: { template: { spec: { containers: object[] } } } })
    .spec.template.spec.containers;
  assert.deepEqual(container, {
    name: 'web',
    image: 'nginx:1.16.0',
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
    resources: {},
  });
  assert.equal(notes.trim(), 'Reach it inside the cluster at my-web.shop:80');
  assert.deepEqual(
    hooks.map(({ name, kind, events, weight }) => [name, kind, events, weight]),
    [['my-web-check', 'Pod', ['test'], 0]],
  );
  assert.ok(
    manifest.startsWith('---\n# Source: web/templates/serviceaccount.yaml\napiVersion: v1\nkind: ServiceAccount\n'),
  );
});

test('values turn parts of a chart on', async () => {
  const { manifests, notes } = await render(standardChart(), {
    ingress: { enabled: true, tls: true },
    autoscaling: { enabled: true },
    serviceAccount: { create: false },
    fullnameOverride: 'shop-front',
  });
  assert.deepEqual(
    manifests.map(({ object }) => `${object.kind}/${object.metadata.name}`),
    [
      'ConfigMap/shop-front-settings',
      'Service/shop-front',
      'Deployment/shop-front',
      'HorizontalPodAutoscaler/shop-front',
      'Ingress/shop-front',
    ],
  );
  assert.equal(notes.trim(), 'Open https://web.example.com/');
});

test('values that do not fit the schema are refused', async () => {
  await assert.rejects(render(standardChart(), { replicaCount: 'two', image: { repository: null } }), {
    name: 'ChartError',
    message:
      "values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n- at '/image': missing property 'repository'\n- at '/replicaCount': got string, want integer\n",
  });
});

test('a null takes a default away, other values replace it, maps come together', async () => {
  const chart = small({
    'values.yaml': 'a: {x: 1, w: 2, z: {deep: true}}\nlist: [1, 2]\n',
    'templates/c.yaml': settings('c', '{{ toJson .Values | quote }}'),
  });
  const values = JSON.parse(
    String(said(await render(chart, { a: { x: null, z: { more: 'z' } }, list: [3] }))['c']),
  ) as unknown;
  assert.deepEqual(values, { a: { w: 2, z: { deep: true, more: 'z' } }, list: [3] });
});

test('dependencies: their values, globals, aliases, conditions, tags and exports', async () => {
  const child = (name: string) => ({
    [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 0.2.0\n`,
    [`charts/${name}/values.yaml`]: `colour: ${name}-default\nexports: {data: {fromChild: ${name}}}\ninner: {port: 7}\n`,
    [`charts/${name}/templates/c.yaml`]: settings(
      `{{ .Chart.Name }}`,
      '{{ .Values.colour }}-{{ .Values.global.zone }}-{{ .Template.BasePath }}',
    ),
    [`charts/${name}/templates/_t.tpl`]: '{{ define "shared" }}from the child{{ end }}',
  });
  const chart = small({
    'Chart.yaml': `${head}dependencies:
- {name: red, version: ">=0.1.0", alias: rose, import-values: [data, {child: inner, parent: taken}]}
- {name: red, version: ^0.2.0}
- {name: blue, version: 0.2.0, condition: "blue.on,other"}
- {name: green, version: 0.2.0, tags: [extra]}
`,
    ...child('red'),
    ...child('blue'),
    ...child('green'),
    'values.yaml': 'global: {zone: z1}\nrose: {colour: pink}\nblue: {on: true}\ntags: {extra: false}\n',
    'templates/_t.tpl': '{{ define "shared" }}from the parent{{ end }}',
    'templates/c.yaml': settings(
      'top',
      '{{ .Values.fromChild }}-{{ .Values.taken.port }}-{{ include "shared" . }}-{{ .Subcharts.rose.Values.colour }}',
    ),
  });
  assert.deepEqual(said(await render(chart)), {
    blue: 'blue-default-z1-top/charts/blue/templates',
    red: 'red-default-z1-top/charts/red/templates',
    rose: 'pink-z1-top/charts/rose/templates',
    top: 'red-7-from the parent-pink',
  });
  assert.deepEqual(
    Object.keys(said(await render(chart, { blue: { on: false }, tags: { extra: true } }))),
    ['red', 'rose', 'green', 'top'].sort(),
  );
});

test('hooks: events, weights, policies; what Helm does not know is left out', async () => {
  const hook = (name: string, annotations: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${name}\n  annotations:\n${annotations}`;
  const { hooks, manifests } = await render(
    small({
      'templates/a.yaml': `${hook('a', '    helm.sh/hook: pre-install, post-upgrade\n    helm.sh/hook-weight: "-5"\n    helm.sh/hook-delete-policy: hook-succeeded,before-hook-creation\n')}---\n${hook('b', '    helm.sh/hook: crd-install\n')}`,
      'templates/c.yaml': '# nothing but a comment\n',
    }),
  );
  assert.deepEqual(manifests, []);
  assert.equal(hooks.length, 1);
  assert.deepEqual(
    { ...hooks[0], manifest: '' },
    {
      name: 'a',
      kind: 'Job',
      path: 'top/templates/a.yaml',
      manifest: '',
      events: ['pre-install', 'post-upgrade'],
      weight: -5,
      delete_policies: ['hook-succeeded', 'before-hook-creation'],
      last_run: { started_at: '', completed_at: '', phase: '' },
    },
  );
});

test('files of a chart', async () => {
  const chart = small({
    'conf/a.toml': 'a = 1\n',
    'conf/b.txt': 'one\ntwo\n',
    'templates/c.yaml': settings(
      'c',
      '{{ .Files.Get "conf/a.toml" | trim | quote }}\n  list: {{ .Files.Lines "conf/b.txt" | join "," }}\n  names: {{ range $name, $_ := .Files.Glob "**.t*" }}{{ $name }};{{ end }}\n  secret: {{ (.Files.Glob "conf/*.txt").AsSecrets | quote }}\n  none: {{ .Files.Get "gone" | quote }}',
    ),
  });
  const { manifests } = await render(chart);
  assert.deepEqual((manifests[0]!.object as { data?: object }).data, {
    said: 'a = 1',
    list: 'one,two',
    names: 'conf/a.toml;conf/b.txt;',
    secret: 'b.txt: b25lCnR3bwo=',
    none: '',
  });
});

test('what cannot be installed is refused in one sentence', async () => {
  const cases: readonly [chart: Chart, message: string | RegExp][] = [
    [
      small({ 'Chart.yaml': `${head}kubeVersion: ">=9.0.0"\n` }),
      'chart requires kubeVersion: >=9.0.0 which is incompatible with Kubernetes v1.34.0',
    ],
    [small({ 'Chart.yaml': `${head}type: library\n` }), 'library charts are not installable'],
    [
      small({ 'templates/x.yaml': 'a: b: c\n' }),
      /^YAML parse error on top\/templates\/x.yaml: error converting YAML to JSON: yaml: line 1: /,
    ],
    [small({ 'templates/x.yaml': 'just text\n' }), 'YAML parse error on top/templates/x.yaml: the document is no map'],
    [small({ 'templates/x.yaml': 'kind: ConfigMap\n' }), 'top/templates/x.yaml: an object has no apiVersion'],
    [
      small({ 'values.schema.json': '{"$ref": "https://example.com/schema.json"}' }),
      "values.schema.json refers to 'https://example.com/schema.json': only parts of itself are read",
    ],
    [small({ 'values.schema.json': '{"$ref": "#"}' }), 'values.schema.json is nested too deeply, or refers to itself'],
  ];
  for (const [chart, message] of cases) await assert.rejects(render(chart), { message });
});

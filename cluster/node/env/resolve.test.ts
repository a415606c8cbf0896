import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ConfigMap, Container, Secret, Service } from '@orrery/kinds/types';
import { container, pod } from '../pods/fixtures.ts';
import { formatMap, resourceField } from './fields.ts';
import { resolveEnvironment } from './resolve.ts';
import { serviceVariables, visibleServices } from './service-links.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const service = (name: string, namespace: string, clusterIP: string, ports: [number, string?][]): Service => ({
  metadata: { name, namespace },
  spec: {
    clusterIP,
    ports: ports.map(([port, portName]) => ({ port, protocol: 'TCP' as const, ...(portName && { name: portName }) })),
  },
});
const configMaps: Record<string, ConfigMap> = {
  settings: { metadata: { name: 'settings' }, data: { color: 'blue', 'bad=name': 'x', LEVEL: '3' } },
  empty: { metadata: { name: 'empty' } },
};
const secrets: Record<string, Secret> = {
  login: { metadata: { name: 'login' }, data: { password: base64('s3cret') } },
};
const sources = {
  configMap: async (_: string, name: string) => configMaps[name],
  secret: async (_: string, name: string) => secrets[name],
};
const wanted = pod(
  { nodeName: 'n1', serviceAccountName: 'robot' },
  { labels: { app: 'x' }, annotations: { note: 'a"b' } },
);
const resolve = (more: Partial<Container>, services: Service[] = []) =>
  resolveEnvironment({
    pod: wanted,
    container: container('a', more),
    addresses: { podIps: ['10.1.0.5', 'fd00::5'], hostIps: ['192.0.2.7'] },
    services,
    sources,
    allocatable: { cpu: '4', memory: '8Gi' },
  });

suite('environment', () => {
  const rows: [string, Partial<Container>, Record<string, string>][] = [
    ['plain values', { env: [{ name: 'A', value: '1' }, { name: 'B' }] }, { A: '1', B: '' }],
    [
      'earlier names expand, later ones do not',
      {
        env: [
          { name: 'A', value: '$(B)' },
          { name: 'B', value: 'b' },
          { name: 'C', value: '$(B)c' },
        ],
      },
      { A: '$(B)', B: 'b', C: 'bc' },
    ],
    [
      'all keys of a config map, with a prefix',
      { envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }] },
      { P_color: 'blue', P_LEVEL: '3' },
    ],
    ['all keys of a secret', { envFrom: [{ secretRef: { name: 'login' } }] }, { password: 's3cret' }],
    ['an empty config map', { envFrom: [{ configMapRef: { name: 'empty' } }] }, {}],
    [
      'env overrides envFrom and may use it',
      { envFrom: [{ configMapRef: { name: 'settings' } }], env: [{ name: 'color', value: 'not $(color)' }] },
      { color: 'not blue', LEVEL: '3' },
    ],
    [
      'one key of a config map',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }] },
      { A: 'blue' },
    ],
    [
      'one key of a secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }] },
      { A: 's3cret' },
    ],
    [
      'optional things that are missing',
      {
        envFrom: [{ configMapRef: { name: 'no', optional: true } }],
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'x', optional: true } } }],
      },
      {},
    ],
    [
      'an optional key that is missing',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no', optional: true } } }] },
      {},
    ],
  ];
  for (const [name, more, expected] of rows) {
    test(name, async () => assert.deepEqual(Object.fromEntries((await resolve(more)).variables), expected));
  }

  const fields: [string, string][] = [
    ['metadata.name', 'web'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u1'],
    ["metadata.labels['app']", 'x'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '192.0.2.7'],
    ['status.podIP', '10.1.0.5'],
    ['status.podIPs', '10.1.0.5,fd00::5'],
  ];
  for (const [fieldPath, value] of fields) {
    test(`field ${fieldPath}`, async () => {
      const { variables } = await resolve({ env: [{ name: 'F', valueFrom: { fieldRef: { fieldPath } } }] });
      assert.equal(variables.get('F'), value);
    });
  }

  const failures: [string, Partial<Container>, string][] = [
    ['config map', { envFrom: [{ configMapRef: { name: 'no' } }] }, 'configmap "no" not found'],
    [
      'secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
      'secret "no" not found',
    ],
    [
      'config map key',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      "couldn't find key k in ConfigMap shop/settings",
    ],
    [
      'secret key',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'login', key: 'k' } } }] },
      "couldn't find key k in Secret shop/login",
    ],
  ];
  for (const [name, more, message] of failures) {
    test(`a missing ${name}`, () => assert.rejects(resolve(more), { message }));
  }

  test('impossible names are skipped with a warning', async () => {
    const { warnings } = await resolve({ envFrom: [{ configMapRef: { name: 'settings' } }] });
    assert.deepEqual(warnings, [
      'Keys [bad=name] from the EnvFrom configMap shop/settings were skipped since they are considered invalid environment variable names.',
    ]);
  });

  test('services may be used and are overridden', async () => {
    const services = [service('db', 'shop', '10.96.0.9', [[5432]])];
    const { variables } = await resolve(
      {
        env: [
          { name: 'URL', value: '$(DB_SERVICE_HOST):5432' },
          { name: 'DB_PORT', value: 'mine' },
        ],
      },
      services,
    );
    assert.equal(variables.get('URL'), '10.96.0.9:5432');
    assert.equal(variables.get('DB_PORT'), 'mine');
  });
});

suite('service links', () => {
  const services = [
    service('kubernetes', 'default', '10.96.0.1', [[443, 'https']]),
    service('my-db', 'shop', '10.96.0.9', [[5432]]),
    service('headless', 'shop', 'None', [[80]]),
    service('other', 'elsewhere', '10.96.0.8', [[80]]),
  ];
  const names = (namespace: string, links: boolean) =>
    visibleServices(services, namespace, links).map(({ metadata }) => metadata.name);
  test('own namespace and kubernetes', () => assert.deepEqual(names('shop', true), ['kubernetes', 'my-db']));
  test('without links only kubernetes', () => assert.deepEqual(names('shop', false), ['kubernetes']));
  test('all variables of one service', () => {
    const variables = Object.fromEntries(serviceVariables([services[0]!]).map(({ name, value }) => [name, value]));
    assert.deepEqual(variables, {
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
    });
  });
});

suite('resources and maps as text', () => {
  const sized = container('a', { resources: { limits: { cpu: '1500m', memory: '100Mi' }, requests: { cpu: '250m' } } });
  const rows: [string, string | undefined, string][] = [
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', '1Mi', '100'],
    ['limits.memory', undefined, '104857600'],
    ['requests.memory', undefined, '0'],
    ['limits.ephemeral-storage', undefined, '0'],
  ];
  for (const [resource, divisor, value] of rows) {
    test(`${resource} / ${divisor ?? 1}`, () =>
      assert.equal(resourceField(sized, { resource, ...(divisor && { divisor }) }, { cpu: '4' }), value));
  }
  test("a limit that is not set is the node's", () =>
    assert.equal(resourceField(container('a'), { resource: 'limits.cpu' }, { cpu: '4' }), '4'));
  test('maps are sorted and quoted', () => assert.equal(formatMap({ b: 'x\ny', a: 'q"' }), 'a="q\\""\nb="x\\ny"'));
});

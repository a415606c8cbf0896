/** Reading and writing through the library's typed and untyped interfaces. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import * as k8s from '@kubernetes/client-node';
import { area, configOf, eventually, patchAs, refusal, session, type Session } from './support/session.ts';

const { PatchStrategy } = k8s;

const map = (
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): k8s.V1ConfigMap => ({
  metadata: { name, labels },
  data,
});

/** Without the library's classes. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** No pods of it ever run: nothing needs a container here. */
const deployment = (name: string, replicas = 0): k8s.V1Deployment => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }] }] },
    },
  },
});

/** The cluster's administrator, who acts as somebody else. */
function asUser({ config }: Session, impersonateUser: string): k8s.KubeConfig {
  const other = new k8s.KubeConfig();
  other.loadFromClusterAndUser(config.getCurrentCluster()!, { ...config.getCurrentUser()!, impersonateUser });
  return other;
}

area('typed objects', () => {
  session('are created, read, replaced, listed and deleted', async ({ core, namespace }) => {
    const created = await core.createNamespacedConfigMap({ namespace, body: map('a', { key: '1' }, { of: 'list' }) });
    assert.ok(created.metadata!.creationTimestamp instanceof Date, 'times are read as such');
    assert.match(created.metadata!.uid!, /^[0-9a-f-]{36}$/);
    const read = await core.readNamespacedConfigMap({ name: 'a', namespace });
    assert.deepEqual(plain(read), plain(created));
    const replaced = await core.replaceNamespacedConfigMap({
      name: 'a',
      namespace,
      body: { ...read, data: { key: '2' } },
    });
    assert.notEqual(replaced.metadata!.resourceVersion, read.metadata!.resourceVersion);
    await core.createNamespacedConfigMap({ namespace, body: map('b', {}, { of: 'other' }) });
    const listed = await core.listNamespacedConfigMap({ namespace, labelSelector: 'of=list' });
    assert.deepEqual(
      listed.items.map(({ metadata, data }) => [metadata!.name, data]),
      [['a', { key: '2' }]],
    );
    const everywhere = await core.listConfigMapForAllNamespaces({ fieldSelector: `metadata.namespace=${namespace}` });
    assert.ok(everywhere.items.length >= 2);
    const { status } = await core.deleteNamespacedConfigMap({ name: 'a', namespace });
    assert.equal(status, 'Success');
    assert.equal((await refusal(core.readNamespacedConfigMap({ name: 'a', namespace }))).reason, 'NotFound');
  });

  session('come in pages', async ({ core, namespace }) => {
    const names = Array.from({ length: 7 }, (_, at) => `page-${at}`);
    for (const name of names) await core.createNamespacedConfigMap({ namespace, body: map(name, {}, { in: 'pages' }) });
    const found: string[] = [];
    let _continue: string | undefined;
    let pages = 0;
    do {
      const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'in=pages', limit: 3, _continue });
      found.push(...page.items.map(({ metadata }) => metadata!.name!));
      _continue = page.metadata!._continue;
      pages++;
    } while (_continue);
    assert.deepEqual([found, pages], [names, 3]);
  });

  session('are scaled, deleted in collections, and tried without being made', async ({ apps, core, namespace }) => {
    await apps.createNamespacedDeployment({ namespace, body: deployment('web') });
    const scale = await apps.readNamespacedDeploymentScale({ name: 'web', namespace });
    assert.deepEqual([scale.spec!.replicas ?? 0, scale.status!.selector], [0, 'app=web']);
    // Its version is left out: controllers write the status meanwhile.
    const body = { metadata: { name: 'web', namespace }, spec: { replicas: 2 } };
    assert.equal((await apps.replaceNamespacedDeploymentScale({ name: 'web', namespace, body })).spec!.replicas, 2);
    assert.equal((await apps.readNamespacedDeployment({ name: 'web', namespace })).spec!.replicas, 2);
    await core.createNamespacedConfigMap({ namespace, body: map('dry'), dryRun: 'All' });
    assert.equal((await refusal(core.readNamespacedConfigMap({ name: 'dry', namespace }))).code, 404);
    await core.createNamespacedConfigMap({ namespace, body: map('one', {}, { many: 'yes' }) });
    await core.createNamespacedConfigMap({ namespace, body: map('two', {}, { many: 'yes' }) });
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'many=yes' });
    const left = await core.listNamespacedConfigMap({ namespace, labelSelector: 'many=yes' });
    assert.deepEqual(left.items, []);
  });

  session('are refused with a Status that says why', async s => {
    const { core, apps, namespace } = s;
    const stranger = asUser(s, 'stranger').makeApiClient(k8s.CoreV1Api);
    const found = await core.createNamespacedConfigMap({ namespace, body: map('here') });
    await core.replaceNamespacedConfigMap({ name: 'here', namespace, body: { ...found, data: { a: '1' } } });
    const bad = deployment('Bad_Name', -1);
    const cases: [what: string, call: () => Promise<unknown>, code: number, reason: string, message: RegExp][] = [
      [
        'what is not there',
        () => core.readNamespacedPod({ name: 'none', namespace }),
        404,
        'NotFound',
        /pods "none" not found/,
      ],
      [
        'what is there',
        () => core.createNamespacedConfigMap({ namespace, body: map('here') }),
        409,
        'AlreadyExists',
        /configmaps "here" already exists/,
      ],
      [
        'an old version',
        () => core.replaceNamespacedConfigMap({ name: 'here', namespace, body: found }),
        409,
        'Conflict',
        /the object has been modified/,
      ],
      [
        'who may not',
        () => stranger.listNamespacedSecret({ namespace }),
        403,
        'Forbidden',
        /User "stranger" cannot list resource "secrets" in API group ""/,
      ],
      [
        'nonsense',
        () => apps.createNamespacedDeployment({ namespace, body: bad }),
        422,
        'Invalid',
        /Deployment.apps "Bad_Name" is invalid/,
      ],
      [
        'a strange selector',
        () => core.listNamespacedPod({ namespace, labelSelector: 'a in' }),
        400,
        'BadRequest',
        /unable to parse requirement/,
      ],
      [
        'a strange field',
        () => core.createNamespacedConfigMap({ namespace, body: { ...map('x'), immutable: 'x' as never } }),
        400,
        'BadRequest',
        /cannot unmarshal string into Go struct field ConfigMap.immutable of type bool/,
      ],
    ];
    for (const [what, call, code, reason, message] of cases) {
      const status = await refusal(call());
      assert.deepEqual([status.code, status.reason], [code, reason], what);
      assert.match(status.message!, message, what);
    }
    const { details } = await refusal(apps.createNamespacedDeployment({ namespace, body: bad }));
    assert.deepEqual(details!.causes!.map(({ field }) => field).toSorted(), ['metadata.name', 'spec.replicas']);
  });
});

area('patches', () => {
  session('JSON: steps in order, all or none', async ({ core, namespace }) => {
    const asJson = patchAs(PatchStrategy.JsonPatch);
    await core.createNamespacedConfigMap({ namespace, body: map('a', { x: '1', y: '2' }) });
    const patch = (...body: object[]) => core.patchNamespacedConfigMap({ name: 'a', namespace, body }, asJson);
    const steps = [
      { op: 'test', path: '/data/x', value: '1' },
      { op: 'move', from: '/data/x', path: '/data/z' },
      { op: 'remove', path: '/data/y' },
    ];
    assert.deepEqual((await patch(...steps)).data, { z: '1' });
    const refused = await refusal(
      patch({ op: 'remove', path: '/data/z' }, { op: 'test', path: '/metadata/name', value: 'b' }),
    );
    assert.deepEqual([refused.code, refused.reason], [422, 'Invalid']);
    assert.deepEqual((await core.readNamespacedConfigMap({ name: 'a', namespace })).data, { z: '1' });
  });

  session('merge: maps by key, lists as a whole; null removes', async ({ apps, namespace }) => {
    await apps.createNamespacedDeployment({ namespace, body: deployment('web') });
    const body = {
      metadata: { labels: { new: 'yes' } },
      spec: { template: { spec: { containers: [{ name: 'only', image: 'only:1' }] } } },
    };
    const patched = await apps.patchNamespacedDeployment(
      { name: 'web', namespace, body },
      patchAs(PatchStrategy.MergePatch),
    );
    assert.deepEqual(
      patched.spec!.template.spec!.containers.map(({ name }) => name),
      ['only'],
    );
    const without = { metadata: { labels: { new: null } } };
    const again = await apps.patchNamespacedDeployment(
      { name: 'web', namespace, body: without },
      patchAs(PatchStrategy.MergePatch),
    );
    assert.equal(again.metadata!.labels?.['new'], undefined);
  });

  session('strategic merge: lists by their keys, with directives', async ({ apps, namespace }) => {
    await apps.createNamespacedDeployment({ namespace, body: deployment('web') });
    const env = [
      { name: 'B', value: '2' },
      { name: 'A', $patch: 'delete' },
    ];
    const containers = [
      { name: 'web', env },
      { name: 'side', image: 'side:1' },
    ];
    const body = { spec: { template: { spec: { containers } } } };
    const { spec } = await apps.patchNamespacedDeployment(
      { name: 'web', namespace, body },
      patchAs(PatchStrategy.StrategicMergePatch),
    );
    const found = new Map(spec!.template.spec!.containers.map(container => [container.name, container]));
    assert.deepEqual([found.get('web')!.image, found.get('side')!.image], ['web:1', 'side:1']);
    assert.deepEqual(plain(found.get('web')!.env), [{ name: 'B', value: '2' }]);
  });

  session('of a status change nothing else', async ({ apps, namespace }) => {
    await apps.createNamespacedDeployment({ namespace, body: deployment('web') });
    const condition = { type: 'Tried', status: 'True', reason: 'Test', message: 'by hand' };
    const body = { spec: { replicas: 9 }, status: { conditions: [condition] } };
    const patched = await apps.patchNamespacedDeploymentStatus(
      { name: 'web', namespace, body },
      patchAs(PatchStrategy.StrategicMergePatch),
    );
    assert.equal(patched.spec!.replicas, 0);
    assert.ok(patched.status!.conditions!.some(({ type }) => type === 'Tried'));
  });

  session('of a sort that is none are refused', async ({ core, namespace }) => {
    await core.createNamespacedConfigMap({ namespace, body: map('a') });
    const options = k8s.setHeaderOptions('Content-Type', 'application/json');
    const refused = await refusal(core.patchNamespacedConfigMap({ name: 'a', namespace, body: {} }, options));
    assert.deepEqual([refused.code, refused.reason], [415, 'UnsupportedMediaType']);
  });
});

/** Who owns what of an object: manager, way, subresource. */
const owners = ({ metadata }: k8s.KubernetesObject): string[] =>
  (metadata!.managedFields ?? [])
    .map(({ manager, operation, subresource }) => [manager, operation, subresource].filter(Boolean).join(' '))
    .toSorted();

area('server-side apply', () => {
  session('makes what is not there, and each keeps what he applied', async ({ apps, namespace }) => {
    const apply = (fieldManager: string, body: object, force?: boolean) =>
      apps.patchNamespacedDeployment(
        { name: 'web', namespace, body, fieldManager, ...(force && { force }) },
        patchAs(PatchStrategy.ServerSideApply),
      );
    const head = { apiVersion: 'apps/v1', kind: 'Deployment' };
    const whole = { ...head, ...deployment('web', 1) };
    assert.deepEqual(
      owners(await apply('first', whole)).filter(line => line.startsWith('first')),
      ['first Apply'],
    );
    const more = { ...head, metadata: { name: 'web', labels: { team: 'b' } } };
    const labelled = await apply('second', more);
    assert.deepEqual([labelled.metadata!.labels!['team'], labelled.spec!.replicas], ['b', 1]);
    const rival = { ...head, metadata: { name: 'web' }, spec: { replicas: 5 } };
    const conflict = await refusal(apply('second', rival));
    assert.deepEqual([conflict.code, conflict.reason], [409, 'Conflict']);
    assert.deepEqual(
      conflict.details!.causes!.map(({ reason, message, field }) => [reason, message, field]),
      [['FieldManagerConflict', 'conflict with "first"', '.spec.replicas']],
    );
    const forced = await apply('second', rival, true);
    assert.deepEqual(
      [forced.spec!.replicas, forced.metadata!.labels?.['team']],
      [5, undefined],
      'what he applies no more goes',
    );
    assert.equal((await refusal(apply('first', whole))).reason, 'Conflict');
    const { spec, ...rest } = whole;
    const { replicas: _left, ...others } = spec!;
    assert.equal(
      (await apply('first', { ...rest, spec: others })).spec!.replicas,
      5,
      'a shared field stays with the other',
    );
  });

  session('of a scale owns the replicas alone', async ({ apps, namespace }) => {
    await apps.createNamespacedDeployment({ namespace, body: deployment('web', 1), fieldManager: 'maker' });
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace },
      spec: { replicas: 2 },
    };
    const apply = (force?: boolean) =>
      apps.patchNamespacedDeploymentScale(
        { name: 'web', namespace, body: scale, fieldManager: 'scaler', ...(force && { force }) },
        patchAs(PatchStrategy.ServerSideApply),
      );
    const conflict = await refusal(apply());
    assert.deepEqual(
      conflict.details!.causes!.map(({ field }) => field),
      ['.spec.replicas'],
    );
    assert.equal((await apply(true)).spec!.replicas, 2);
    const scaled = await apps.readNamespacedDeployment({ name: 'web', namespace });
    const entry = scaled.metadata!.managedFields!.find(({ manager }) => manager === 'scaler')!;
    assert.deepEqual(
      [entry.operation, entry.subresource, entry.apiVersion, entry.fieldsV1],
      ['Apply', 'scale', 'apps/v1', { 'f:spec': { 'f:replicas': {} } }],
    );
  });
});

area('untyped objects', () => {
  session('of a definition made on the way', async ({ objects, namespace, config, atEnd }) => {
    const group = `${namespace}.example.com`;
    const head = { apiVersion: `${group}/v1`, kind: 'Lamp' };
    const rule = { rule: 'self.watts <= 100', message: 'too bright' };
    // Names that JavaScript could not have are other names in the library.
    const spec: k8s.V1JSONSchemaProps = {
      type: 'object',
      x_kubernetes_validations: [rule],
      properties: { watts: { type: 'integer', _default: 40 }, colours: { type: 'array', items: { type: 'string' } } },
    };
    const schema = { type: 'object', properties: { spec } };
    const definition: k8s.V1CustomResourceDefinition = {
      ...{
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `lamps.${group}` },
      },
      spec: {
        ...{ group, scope: 'Namespaced', names: { plural: 'lamps', singular: 'lamp', kind: 'Lamp' } },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    };
    await objects.create(definition);
    atEnd(() => objects.delete(definition));
    const lamp = (name: string, spec: object) => ({ ...head, metadata: { name, namespace }, spec });
    type Lamp = k8s.KubernetesObject & { spec: { watts: number; colours?: string[] } };
    // The library remembers what a group serves: whoever asks too early never sees it.
    const lamps = await eventually('lamps are served', async () => {
      const fresh = k8s.KubernetesObjectApi.makeApiClient(config);
      await fresh.list(head.apiVersion, head.kind, namespace);
      return fresh;
    });
    const created = await lamps.create<Lamp>(lamp('desk', { colours: ['red'] }) as Lamp);
    assert.equal(created.spec.watts, 40);
    const refused = await refusal(lamps.create(lamp('sun', { watts: 1000 })));
    assert.match(refused.message!, /too bright/);
    const address = { ...head, metadata: { name: 'desk', namespace } };
    const merged = await lamps.patch<Lamp>(
      { ...address, spec: { watts: 60 } } as Lamp,
      undefined,
      undefined,
      'me',
      undefined,
      PatchStrategy.MergePatch,
    );
    assert.deepEqual(merged.spec, { watts: 60, colours: ['red'] });
    const applied = await lamps.patch<Lamp>(
      { ...address, spec: { colours: ['blue'] } } as never,
      undefined,
      undefined,
      'painter',
      true,
      PatchStrategy.ServerSideApply,
    );
    assert.deepEqual(applied.spec, { watts: 60, colours: ['blue'] });
    assert.ok(owners(applied).includes('painter Apply'));
    const read = await lamps.read<Lamp>(address);
    const replaced = await lamps.replace<Lamp>({ ...read, spec: { watts: 7 } } as Lamp);
    assert.deepEqual(replaced.spec, { watts: 7 });
    assert.equal((await lamps.list<Lamp>(head.apiVersion, head.kind, namespace)).items.length, 1);
    await lamps.delete(address);
    assert.equal((await refusal(lamps.read(address))).message, `lamps.${group} "desk" not found`);
  });

  session('of a kind that nobody serves are not even asked for', async ({ objects }) => {
    await assert.rejects(objects.list('nobody.example.com/v1', 'Nothing'));
  });
});

area('identity', () => {
  session('a requested token is somebody, for a while, with his rights alone', async s => {
    const { core, config, namespace } = s;
    const rbac = config.makeApiClient(k8s.RbacAuthorizationV1Api);
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'reader' } } });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace }];
    await rbac.createNamespacedRoleBinding({ namespace, body: { metadata: { name: 'reader' }, roleRef, subjects } });
    const body = { spec: { audiences: [], expirationSeconds: 3600 } };
    const made = await core.createNamespacedServiceAccountToken({ name: 'reader', namespace, body });
    const { token = '', expirationTimestamp } = made.status!;
    const left = expirationTimestamp!.getTime() - made.metadata!.creationTimestamp!.getTime();
    assert.equal(Math.round(left / 60_000), 60);
    const own = new k8s.KubeConfig();
    own.loadFromClusterAndUser(config.getCurrentCluster()!, { name: 'reader', token });
    const review = await own.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    assert.equal(review.status!.userInfo!.username, `system:serviceaccount:${namespace}:reader`);
    const reading = own.makeApiClient(k8s.CoreV1Api);
    await eventually('the role counts', () => reading.listNamespacedConfigMap({ namespace }));
    assert.equal((await refusal(reading.listNamespacedSecret({ namespace }))).reason, 'Forbidden');
    const authentication = config.makeApiClient(k8s.AuthenticationV1Api);
    const known = await authentication.createTokenReview({ body: { spec: { token } } });
    assert.equal(known.status!.authenticated, true);
    await core.deleteNamespacedServiceAccount({ name: 'reader', namespace });
    await eventually('the token ends with its account', () =>
      reading.listNamespacedConfigMap({ namespace }).then(
        () => false,
        (error: k8s.ApiException<unknown>) => error.code === 401,
      ),
    );
  });

  session('who acts as somebody else is that one', async s => {
    const config = asUser(s, 'alice');
    const { status } = await config.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    assert.equal(status!.userInfo!.username, 'alice');
  });
});

area('the rest', () => {
  session('health, version, nodes and what they hold', async ({ config, core }) => {
    const health = new k8s.Health(config);
    assert.deepEqual([await health.readyz({}), await health.livez({})], [true, true]);
    const version = await config.makeApiClient(k8s.VersionApi).getCode();
    assert.match(version.gitVersion, /^v1\.\d+\.\d+/);
    assert.match(version.gitCommit, /^([0-9a-f]{40})?$/);
    assert.match(version.gitTreeState, /^(clean|dirty|archive)?$/);
    const nodes = await k8s.topNodes(core);
    assert.ok(nodes.length > 0);
    for (const { CPU, Memory } of nodes) {
      assert.ok(Number(CPU.Capacity) > 0 && Number(Memory.Capacity) > 0);
      assert.ok(Number(CPU.RequestTotal) <= Number(CPU.Capacity));
    }
  });

  session('figures are served, or it is said that they are not', async ({ config }) => {
    const metrics = new k8s.Metrics(config);
    const found = await metrics.getNodeMetrics().catch((error: unknown) => error);
    // A group that is not there is told in plain text, of which the library makes a 500.
    if (found instanceof k8s.ApiException) assert.ok([404, 500, 503].includes(found.code), String(found.code));
    else assert.equal((found as k8s.NodeMetricsList).kind, 'NodeMetricsList');
  });

  session('a service without endpoints has nobody behind its proxy', async ({ core, namespace }) => {
    await core.createNamespacedService({
      namespace,
      body: { metadata: { name: 'empty' }, spec: { ports: [{ port: 80 }] } },
    });
    const refused = await refusal(core.connectGetNamespacedServiceProxy({ name: 'empty', namespace }));
    assert.deepEqual([refused.code, refused.reason], [503, 'ServiceUnavailable']);
    assert.equal(refused.message, 'no endpoints available for service "empty"');
  });

  session('an exec or a log of what is not there is refused before any stream', async ({ config, core, namespace }) => {
    const refused = await refusal(core.readNamespacedPodLog({ name: 'none', namespace }));
    assert.equal(refused.message, 'pods "none" not found');
    const exec = new k8s.Exec(config).exec(namespace, 'none', 'c', ['true'], null, null, null, false);
    await assert.rejects(exec, (event: { message: string }) => /404/.test(event.message));
  });

  session('by way of a proxy', async ({ kubeconfig, namespace, atEnd }) => {
    const proxy = await startProxy();
    atEnd(() => proxy.close());
    const config = configOf(kubeconfig);
    const cluster = { ...config.getCurrentCluster()!, proxyUrl: `http://127.0.0.1:${proxy.port}` };
    config.loadFromClusterAndUser(cluster, config.getCurrentUser()!);
    await config.makeApiClient(k8s.CoreV1Api).listNamespacedPod({ namespace });
    const asked = new Set(proxy.asked);
    assert.deepEqual([...asked], [new URL(cluster.server).host]);
  });
});

/** A proxy that passes connections on, as `CONNECT` asks. */
async function startProxy() {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url!);
    const { hostname, port } = new URL(`tcp://${request.url}`);
    const onward = connect(Number(port), hostname.replaceAll(/[[\]]/g, ''), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => (socket.destroy(), onward.destroy())).on('close', () => sockets.delete(each));
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A whole server with its store on disk asks webhooks over real sockets. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from '@orrery/client/node';
import { readBody } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { admissionWebhook, allow, deny, webhookHandler } from '@orrery/reconciler/webhook';
import { layoutOf } from './layout.ts';
import { startServer } from './server.ts';
import { defaultSettings } from './settings.ts';

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const configMaps = '/api/v1/namespaces/default/configmaps?dryRun=All';

test('a webhook is in force when its configuration is acknowledged, and no longer when its deletion is', async t => {
  const root = await mkdtemp(join(tmpdir(), 'webhooks-'));
  const common = { clock: systemClock, log: silentLog };
  const server = await startServer({
    ...common,
    root,
    settings: {
      ...defaultSettings,
      ...{ nodeName: 'n', nodeIP: '127.0.0.1', bindAddress: '127.0.0.1', port: 0, platform: false },
    },
    anyPort: true,
    anyConsolePort: true,
    random: systemRandom,
  });
  const authority = await createAuthority();
  const judge = admissionWebhook('/judge', ({ name }) =>
    name === 'bad' ? deny('不行') : { ...allow(), warnings: ['注意 é'] },
  );
  const tls = await authority.issue('webhooks');
  const hooks = await serve({ ...common, handler: webhookHandler([judge], common), tls, host: '127.0.0.1', port: 0 });
  const { pki } = layoutOf(root).server;
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map(name => readFile(join(pki, name), 'utf8')),
  );
  const api = connect({ server: `https://127.0.0.1:${server.port}`, ca: ca!, cert: cert!, key: key! });
  t.after(async () => {
    api.close();
    await server.close();
    await hooks.close(0);
    await rm(root, { recursive: true });
  });
  const send = async (method: string, target: string, object?: object) => {
    const body = object ? Buffer.from(JSON.stringify(object)) : new Uint8Array();
    const headers = { 'content-type': 'application/json' };
    const answer = await api({ method, target, headers, body, signal: AbortSignal.timeout(30_000) });
    const text = Buffer.from(await readBody(answer.body)).toString();
    return {
      status: answer.status,
      headers: answer.headers,
      message: (JSON.parse(text) as { message?: string }).message,
    };
  };
  const create = (name: string) => send('POST', configMaps, { metadata: { name } });
  const configuration = {
    metadata: { name: 'v' },
    webhooks: [
      {
        name: 'judge.example.com',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        clientConfig: {
          url: `https://127.0.0.1:${hooks.port}/judge`,
          caBundle: Buffer.from(authority.cert).toString('base64'),
        },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
      },
    ],
  };
  for (let round = 0; round < 5; round++) {
    assert.equal((await send('POST', configurations, configuration)).status, 201);
    const refused = await create('bad');
    assert.deepEqual(
      [refused.status, refused.message],
      [403, 'admission webhook "judge.example.com" denied the request: 不行'],
    );
    const warned = await create('good');
    assert.equal(warned.status, 201, warned.message);
    const [warning] = [warned.headers.warning].flat();
    assert.equal(Buffer.from(String(warning), 'latin1').toString(), '299 - "注意 é"');
    assert.equal((await send('DELETE', `${configurations}/v`)).status, 200);
    assert.equal((await create('bad')).status, 201);
  }
});

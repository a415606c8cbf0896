/** Certificates are renewed while everybody who shows them runs. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ensurePki, type Pki } from '@orrery/apiserver/pki';
import { createClient } from '@orrery/client';
import { textAnswer, type Request } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import type { Node } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { systemRandom } from '@orrery/machinery/random';
import { kubeletTransports } from './kubelet-transport.ts';
import { layoutOf } from './layout.ts';
import { ownIdentity } from './node-identity.ts';
import { keepCertificates } from './renewal.ts';

const day = 86_400_000;
const begin = Date.UTC(2026, 0, 1);

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-renewal-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The certificates of a cluster with a node, as its server writes them so many days after the first ones. */
async function write(root: string, days: number): Promise<Pki> {
  const serving = { serviceAddresses: ['10.43.0.1'], names: ['first'] };
  const clock = { now: () => begin + days * day };
  const common = { directory: layoutOf(root).server.pki, serving, clock, random: systemRandom, log: silentLog };
  const pki = await ensurePki(common);
  await pki.node('first', ['first', '192.0.2.1']);
  const network = {
    name: 'network',
    commonName: 'system:orrery-network',
    organizations: [],
    dnsNames: [],
    addresses: [],
  };
  await pki.certificate({ ...network, authority: 'ca', usages: ['clientAuth'] });
  return pki;
}

test('a renewal that fails is tried again, and what is renewed is used', async () => {
  const clock = createManualClock(begin);
  const ending = new AbortController();
  const pkiDueAt = (renewAtMs: number) => ({ renewAtMs }) as Pki;
  let attempts = 0;
  const used: number[] = [];
  const keeping = keepCertificates({
    ...{ clock, log: silentLog, signal: ending.signal, first: pkiDueAt(begin + 3 * day) },
    ensure: async () => {
      // It is looked twice a day.
      if (++attempts === 6) throw new Error('ENOSPC: no space left on device');
      return pkiDueAt(begin + (attempts < 6 ? 3 : 300) * day);
    },
    use: ({ renewAtMs }) => void used.push((renewAtMs - begin) / day),
  });
  await clock.advance(3 * day);
  assert.deepEqual([attempts, used], [6, [3, 3, 3, 3, 3]]);
  await clock.advance(60_000);
  assert.deepEqual([attempts, used.at(-1)], [7, 300]);
  ending.abort();
  await keeping;
  assert.equal(clock.alarms, 0);
});

test('the node beside its server shows what the server has renewed, whole pairs only', async t => {
  const root = folderOf(t);
  await write(root, 0);
  const layout = layoutOf(root);
  const clock = createManualClock(begin);
  const identity = ownIdentity({ layout, nodeName: 'first', port: 6443, clock, log: silentLog });
  const served: string[] = [];
  const ending = new AbortController();
  t.after(() => ending.abort());
  await identity.keep(
    createClient(async () => textAnswer(503, '')),
    ({ cert }) => void served.push(String(cert)),
    ending.signal,
  );
  const shown = async () => [(await identity.kubelet.current()).cert, (await identity.network.current()).cert];
  const written = (name: string) => readFileSync(join(layout.server.pki, `${name}.crt`), 'utf8');
  const before = await shown();
  assert.deepEqual(before, [written('node-first'), written('network')]);
  const place = (name: string) => join(layout.server.pki, name);
  copyFileSync(place('node-first.key'), place('old.key'));
  await write(root, 300);
  const renewed = written('node-first');
  assert.notEqual(renewed, before[0]);
  copyFileSync(place('node-first.key'), place('new.key'));
  copyFileSync(place('old.key'), place('node-first.key'));
  await clock.advance(3600_000);
  assert.deepEqual(await shown(), [before[0], written('network')], 'one without its key is not shown');
  assert.deepEqual(served, [written('node-first-serving')]);
  rmSync(place('node-first.key'));
  await clock.advance(3600_000);
  assert.equal((await shown())[0], before[0]);
  copyFileSync(place('new.key'), place('node-first.key'));
  await clock.advance(3600_000);
  const { cert, key } = await identity.kubelet.current();
  assert.equal(cert, renewed);
  assert.equal(key, readFileSync(place('node-first.key'), 'utf8'));
  assert.equal(served.length, 1);
});

test('kubelets see the certificate that the API server has now', async t => {
  const authority = await createAuthority();
  const pairOf = async (name: string) => {
    const { cert: certificate, key } = await authority.issue(name);
    return { certificate, key };
  };
  const callers: string[] = [];
  const server = await serve({
    handler: async ({ connection }: Request) => {
      callers.push(new X509Certificate(connection!.clientCertificate!).subject);
      return textAnswer(200, 'ok');
    },
    ...{ tls: { ...(await authority.issue('two', ['two'])), clientCA: authority.cert }, host: '127.0.0.1', port: 0 },
    ...{ clock: systemClock, log: silentLog },
  });
  let present = await pairOf('first year');
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  const status = { addresses, daemonEndpoints: { kubeletEndpoint: { Port: server.port } } };
  const kubelets = kubeletTransports({
    ...{ authority: authority.cert, identity: () => present, clock: systemClock },
    node: async () => ({ metadata: { name: 'two' }, status }) as Node,
  });
  t.after(async () => {
    kubelets.close();
    await server.close();
  });
  const request = { method: 'GET', target: '/healthz', headers: {}, body: new Uint8Array() };
  const ask = () => kubelets.of('two')({ ...request, signal: AbortSignal.timeout(60_000) });
  assert.equal((await ask()).status, 200);
  present = await pairOf('second year');
  assert.equal((await ask()).status, 200);
  assert.deepEqual(callers, ['CN=first year', 'CN=second year']);
});

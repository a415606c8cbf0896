/** Where records go, and how that ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { openAudit } from './audit-parts.ts';
import { defaultSettings } from './layout.ts';

test('a webhook that never answers does not keep a cluster from ending', { timeout: 60_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-audit-'));
  const sockets = new Set<Socket>();
  const silent = createServer(socket => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    rmSync(folder, { recursive: true });
  });
  const server = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/audit`;
  const auditWebhookConfigFile = join(folder, 'webhook');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: [{ name: 'c', cluster: { server } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: {} }],
  };
  writeFileSync(auditWebhookConfigFile, JSON.stringify(config));
  const clock = createManualClock();
  const settings = { ...defaultSettings, nodeName: 'n', nodeIP: '192.0.2.1', auditWebhookConfigFile };
  const audit = await openAudit(settings, clock, silentLog);
  audit!.options.backend.write('{}');
  const closed = audit!.close();
  await once(silent, 'connection');
  await clock.advance(5_000);
  await closed;
  assert.equal(sockets.size, 1);
});

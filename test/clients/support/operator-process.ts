/**
 * The operator of base/reconciler/examples/website as a process: `operator-process.ts controllers|webhooks KUBECONFIG FOLDER`. Controllers
 * stand for election in the namespace `default`; host names are registered as files in FOLDER, where webhooks find their certificate.
 * Each line on standard output tells a port: `{"health":1234}`, `{"webhooks":2345}`.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { serve } from '@orrery/http/node';
import { systemClock as clock } from '@orrery/machinery/clock';
import { createLog } from '@orrery/machinery/log';
import { systemRandom as random } from '@orrery/machinery/random';
import { createManager, type Runnable } from '@orrery/reconciler';
import {
  completeSite,
  judgeSite,
  websiteOperator,
  websites,
  type Registrar,
} from '@orrery/reconciler/examples/website';
import type { Website } from '@orrery/reconciler/examples/website';
import { serveWebhooks } from '@orrery/reconciler/node';
import { webhookHandler } from '@orrery/reconciler/webhook';

const [role, kubeconfig, folder] = process.argv.slice(2) as [string, string, string];
const log = createLog(clock, line => process.stderr.write(`${line}\n`));
const tell = (port: Record<string, number>) => process.stdout.write(`${JSON.stringify(port)}\n`);

const registrar: Registrar = {
  async register(host, site) {
    const file = join(folder, 'hosts', host);
    try {
      await writeFile(file, site, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = await readFile(file, 'utf8');
      if (owner !== site) throw new Error(`${host} is registered for ${owner}`, { cause: error });
    }
  },
  async release(host, site) {
    const file = join(folder, 'hosts', host);
    const owner = await readFile(file, 'utf8').catch(() => undefined);
    if (owner === site) await rm(file, { force: true });
  },
};

/** Something that listens for as long as the manager runs. */
const listening = (name: string, listen: () => Promise<{ port: number; close(): Promise<void> }>): Runnable => ({
  name,
  everywhere: true,
  async run({ signal }) {
    const server = await listen();
    tell({ [name]: server.port });
    if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    await server.close();
  },
});

const transport = connect((await loadKubeconfig({ path: kubeconfig })).connect);
/** Short, since a test waits for the end of a Lease; long enough for a leader on a busy machine to renew it. */
const times = { leaseDurationMs: 8_000, renewDeadlineMs: 6_000, retryPeriodMs: 200 };
const election = { lease: 'website-operator', namespace: 'default', identity: String(process.pid), ...times };
const isController = role === 'controllers';
const manager = createManager({
  ...{ name: 'website-operator', transport, clock, random, log },
  ...(isController && { leaderElection: election }),
});

if (isController) manager.add(websiteOperator(registrar));
else {
  const sites = manager.context.informers.of<Website>(websites);
  const image = process.env.CLIENTS_IMAGE ?? 'busybox:1.35';
  const webhooks = [completeSite({ replicas: 1, image }), judgeSite(sites)];
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const handler = webhookHandler(webhooks, { clock, log, metrics: manager.metrics });
  manager.addRunnable(listening('webhooks', () => serveWebhooks({ handler, files, port: 0, clock, log })));
}
manager.addRunnable(
  listening('health', async () => {
    const { port, close } = await serve({ handler: manager.handler, host: '127.0.0.1', port: 0, clock, log });
    return { port, close: () => close(1_000) };
  }),
);

const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
await manager.start(stopping.signal);
transport.close();

/** A server with admission webhooks, and real webhook servers for them: HTTPS on a free port, with the webhooks of `@orrery/reconciler`. */
import type { TestContext } from 'node:test';
import { webhookTransports } from '@orrery/embedded/webhook-transport';
import type { Handler, Request } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { admissionWebhook, webhookHandler } from '@orrery/reconciler/webhook';
import type { AdmissionRequest, AdmissionVerdict, Webhook } from '@orrery/reconciler/webhook';
import { startWebhooks } from '../admission/webhooks/plugins.ts';
import type { WebhookPlace } from '../callout/callout.ts';
import type { ApiServerOptions } from '../server.ts';
import type { Authorizer } from '../types.ts';
import { startServer } from './server.ts';
import type { Answer, TestServer } from './server.ts';

const authority = await createAuthority();
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What vouches for the webhook servers here, as configurations have it. */
export const caBundle = base64(authority.cert);
/** The address that stands for the webhook servers in EndpointSlices, where loopback may not. */
export const podAddress = '10.244.0.7';
export const serviceName = 'hooks.default.svc';

export interface HookServer {
  readonly port: number;
  /** What came, in order. */
  readonly requests: Request[];
  url(path: string): string;
}

/** Listens until the test is over. */
export async function serveHooks(t: Pick<TestContext, 'after'>, handler: Handler): Promise<HookServer> {
  const requests: Request[] = [];
  const tls = await authority.issue('webhooks', [serviceName]);
  const server = await serve({
    handler: request => {
      requests.push(request);
      return handler(request);
    },
    tls,
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: silentLog,
  });
  t.after(() => server.close(0));
  return { port: server.port, requests, url: path => `https://127.0.0.1:${server.port}${path}` };
}

/** A server whose pod address leads to `hooks`. */
export async function startCalling(
  t: Pick<TestContext, 'after'>,
  options: Partial<ApiServerOptions> = {},
  hooks?: HookServer,
): Promise<TestServer> {
  const transports = webhookTransports(systemClock);
  const address = hooks && { host: '127.0.0.1', port: hooks.port };
  const webhook = (place: WebhookPlace): Handler =>
    transports.of(place.address?.host === podAddress && address ? { ...place, address } : place);
  const server = await startServer({ ...options, transports: { ...options.transports, webhook } });
  t.after(async () => {
    await server.close();
    transports.close();
  });
  return server;
}

export type Judge = (request: AdmissionRequest) => AdmissionVerdict | Promise<AdmissionVerdict>;

export interface Hooked extends TestServer {
  readonly hooks: HookServer;
  /** The requests of all reviews, in order. */
  readonly seen: (AdmissionRequest & { path: string })[];
  /** Writes a configuration with these webhooks over one that says yes to nothing but what the judges say. */
  configure(kind: 'mutating' | 'validating', name: string, ...webhooks: Record<string, unknown>[]): Promise<Answer>;
}

export const configurationsPath = (kind: 'mutating' | 'validating'): string =>
  `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;

/** Rules about ConfigMaps, or about what is said. */
export const rule = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['*'],
  resources: ['configmaps'],
  ...more,
});

/** @param judges by path */
export async function startHooked(
  t: Pick<TestContext, 'after'>,
  judges: Readonly<Record<string, Judge>>,
  others: readonly Webhook[] = [],
  options: Partial<ApiServerOptions> & { authorizer?: Authorizer; node?: Handler } = {},
): Promise<Hooked> {
  const seen: Hooked['seen'] = [];
  const webhooks = Object.entries(judges).map(([path, judge]) =>
    admissionWebhook(path, request => {
      seen.push({ ...request, path });
      return judge(request);
    }),
  );
  const hooks = await serveHooks(t, webhookHandler([...webhooks, ...others], { clock: systemClock, log: silentLog }));
  const authorizer = options.authorizer ?? (async () => ({ decision: 'allow' as const, reason: '' }));
  const server = await startCalling(
    t,
    {
      parts: async context => {
        const { mutating, validating, close } = await startWebhooks(context, authorizer);
        return { admission: [mutating, validating], close };
      },
      ...options,
      ...(options.node && { transports: { node: () => options.node! } }),
    },
    hooks,
  );
  return {
    ...server,
    hooks,
    seen,
    configure: (kind, name, ...given) =>
      server.create(configurationsPath(kind), {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: kind === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration',
        metadata: { name },
        webhooks: given.map(({ path, ...webhook }, at) => ({
          name: `w${at}.${name}.example.com`,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          rules: [rule()],
          clientConfig: { url: hooks.url(String(path ?? '/x')), caBundle },
          ...webhook,
        })),
      }),
  };
}

export const configMaps = '/api/v1/namespaces/default/configmaps';

export const configMap = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});

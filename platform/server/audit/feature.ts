/** One trail of what is done on the platform and in its cluster, and who may read it. */
import { header, type Request } from '@orrery/http';
import { jsonAnswer } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, unauthorized } from '@orrery/machinery/status';
import { audit as routes, type AuditEvent } from '@orrery/platform-contract/features';
import { resources } from '@orrery/client/resources';
import { clusterNamed, hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import type { Listener } from '../happenings.ts';
import { fromBase64, getSecret } from '../identity/secrets.ts';
import { sourceOf } from '../login/address.ts';
import { hexDigest, sameText } from '../oauth/digest.ts';
import { inWorkspace } from '../tenancy/visible.ts';
import { baseEvent, logInEvent, terminalEvent } from './event.ts';
import { createFlood } from './flood.ts';
import { verify } from './links.ts';
import { chainUser } from './names.ts';
import { objectStorage } from './objects.ts';
import { readAuditOptions, type AuditOptions } from './options.ts';
import { collectorFor, filterOf, rangeOf } from './query.ts';
import { createReader } from './reader.ts';
import { createReceivers } from './receivers.ts';
import { isKept, mayChange, readAbout, requestEvent } from './requests.ts';
import { createTrail, type Trail, type TrailOptions } from './trail.ts';
import { followRules } from './rules/follow.ts';
import { withAlerts } from './rules/mark.ts';
import type { Policy } from './rules/policy.ts';
import { sightOf } from './visible.ts';
import { clusterEvent, readEventList, tokenSecret } from './webhook.ts';

const manifest = {
  name: 'audit',
  summary: 'The trail of what was done',
  routes,
  kinds: ['rules.auditing.kubesphere.io', 'webhooks.auditing.kubesphere.io'],
  menus: [
    { path: '/audit', title: 'menu.audit', scope: 'platform', route: 'audit.events' },
    { path: '/workspaces/{workspace}/audit', title: 'menu.audit', scope: 'workspace', route: 'audit.events' },
    {
      path: '/clusters/{cluster}/projects/{namespace}/audit',
      title: 'menu.audit',
      scope: 'project',
      route: 'audit.events',
    },
  ],
  needs: ['tenancy'],
} as const;

const keepEveryMs = 60_000;
/** A question waits so long for what was done just before it. */
const freshMs = 2_000;

export const audit: Feature = {
  manifest,
  start(context) {
    const { clock, random, log, signal } = context;
    const storage = context.auditStorage ?? objectStorage(context.client);
    const rules = followRules(context);
    const options = () =>
      withPolicy(readAuditOptions(context.config.section('auditing'), storage.bytesMax), rules.policy());
    const receivers = createReceivers(context, options);
    const stored: TrailOptions['stored'] = events => {
      context.metrics.count('orrery_audit_records_total', {}, events.length);
      receivers.send(events);
    };
    const trail = createTrail({ storage, clock, random, log, signal, stored });
    const reader = createReader(storage);
    const record = (event: AuditEvent) => {
      const policy = rules.policy();
      if (policy.isArchived(event)) trail.note(withAlerts(event, policy.alertsOf(event)));
    };
    context.closing.push(() => trail.close());
    const projects = context.informers.of(resources.namespaces);
    // A project of the same name in another cluster is another project.
    const workspaceOf = (namespace: string, cluster = hostCluster) =>
      workspaceIn((cluster === hostCluster ? projects : projectsOf(context, cluster))?.get(namespace));
    const flood = createFlood(clock);
    context.happenings.listen(
      listenerFor(context, { trail, record, options, workspaceOf, admits: key => flood.admits(key) }),
    );
    const keep = async () => {
      for (const { key, more } of flood.drain())
        trail.note(
          baseEvent({
            id: random.uuid(),
            atMs: clock.now(),
            verb: 'fail',
            user: chainUser,
            message: `${more} more requests of ${key} failed within a minute`,
          }),
        );
      const { keptMs, bytesMax } = options();
      await trail.prune(keptMs, bytesMax);
    };
    const keeping = clock.every(keepEveryMs, () => {
      keep().catch(
        (error: unknown) => signal.aborted || log.warn('the audit was not kept within its bounds', { error }),
      );
    });
    keeping.unref();
    signal.addEventListener('abort', () => keeping.cancel(), { once: true });
    return {
      handlers: handlersFor(routes, {
        events: async ({ caller, query }) => {
          const [collector, fits, range] = [collectorFor(query), filterOf(query), rangeOf(query)];
          const [sight] = await Promise.all([sightOf(context, caller), trail.flush(freshMs)]);
          await reader.scan(range, event => {
            // What may not be seen is not looked at by filters either.
            const seen = sight(event);
            if (seen && fits(seen)) collector.take(seen);
          });
          return collector.answer();
        },
        verify: async () => {
          await trail.flush(freshMs);
          return verify(storage);
        },
        take: async ({ request }) => {
          await checkToken(context, request);
          const items = readEventList(request.body);
          if (trail.isFull) throw new StatusError(503, 'ServiceUnavailable', 'the audit has no room: send it again');
          for (const item of items) {
            const event = clusterEvent(item, clock.now(), workspaceOf);
            if (event) record(event);
          }
          return new RawAnswer(jsonAnswer(200, { message: 'success' }));
        },
      }),
      controllers: rules.controllers,
    };
  },
};

const workspaceIn = (project: KubeObject | undefined): string => (project && inWorkspace(project)) ?? '';

/** A webhook's level stands in place of the configuration's; off is off. */
const withPolicy = (options: AuditOptions, { level, receivers }: Policy): AuditOptions => ({
  ...options,
  level: options.level === 'None' ? 'None' : (level ?? options.level),
  receivers: [...options.receivers, ...receivers],
});

interface Parts {
  readonly trail: Trail;
  /** Notes what is to be kept by the rules. */
  readonly record: (event: AuditEvent) => void;
  readonly options: () => AuditOptions;
  readonly workspaceOf: (namespace: string, cluster?: string) => string;
  readonly admits: (key: string) => boolean;
}

const projectsOf = ({ members }: PlatformContext, cluster: string) =>
  members.find(cluster)?.context.informers.of(resources.namespaces);

function listenerFor(context: PlatformContext, { trail, record, options, workspaceOf, admits }: Parts): Listener {
  const { clock, random, config } = context;
  const addressOf = (request: Request) => sourceOf(request, config.login().trustedProxies);
  return {
    begin(id, request) {
      const { required, level } = options();
      if (level === 'None') return () => {};
      if (required && trail.isFull && mayChange(request))
        throw new StatusError(
          503,
          'ServiceUnavailable',
          'nothing is changed while it cannot be recorded: try again later',
        );
      const about = readAbout(request.target);
      const { namespace } = about.reference ?? {};
      const workspace = about.workspace || (namespace ? workspaceOf(namespace, clusterNamed(request.target)) : '');
      const begun = { id, request, atMs: clock.now(), address: addressOf(request), about, workspace };
      return outcome => {
        const kept = isKept(begun, outcome);
        if (kept === 'no' || (kept === 'failed' && !admits(outcome.caller.name || begun.address))) return;
        record(requestEvent(begun, outcome, level, clock.now()));
      };
    },
    tell(happening) {
      if (options().level === 'None') return;
      const [id, atMs] = [random.uuid(), clock.now()];
      if (happening.kind === 'login') {
        if (happening.reason !== undefined && !admits(happening.address)) return;
        return record(logInEvent(happening, id, atMs));
      }
      const { namespace } = happening.subject;
      const workspace = namespace ? workspaceOf(namespace, clusterNamed(happening.request.target)) : '';
      record(terminalEvent(happening, { id, atMs, address: addressOf(happening.request), workspace }));
    },
  };
}

/** @throws StatusError 401; what is compared takes the same time whatever it is. */
async function checkToken({ client }: PlatformContext, request: Request): Promise<void> {
  const [scheme = '', given = ''] = header(request.headers, 'authorization')?.split(' ') ?? [];
  const stored = (await getSecret(client, tokenSecret))?.data?.['token'];
  const wanted = stored === undefined ? '' : fromBase64(stored).trim();
  const isSame = sameText(await hexDigest(given), await hexDigest(wanted));
  if (wanted.length < 16 || scheme.toLowerCase() !== 'bearer' || !isSame)
    throw unauthorized('the token is not the one of the audit webhook');
}

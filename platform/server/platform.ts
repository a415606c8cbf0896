/** The platform, put together: a handler over any cluster's handler. */
import { createClient, type Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { createRouter, enabledFeatures, type FeatureManifest } from '@orrery/platform-contract';
import { ensureKinds, systemNamespace } from '@orrery/platform-kinds';
import { webhookHandler, type Webhook } from '@orrery/reconciler/webhook';
import {
  createContext,
  runController,
  runWithLeaderElection,
  withoutManagedFields,
  type ControllerOptions,
} from '@orrery/reconciler';
import { indexSubjects, projectBindings } from './access/visible.ts';
import { ensureFirstAccount, ensureNamespace, ensureRoles } from './bootstrap.ts';
import type { AuditStorage } from './audit/storage.ts';
import { createChain } from './chain/chain.ts';
import type { Gate } from './chain/gate.ts';
import { createMembers, type RunningMembers } from './clusters/member/members.ts';
import { hostCluster } from './chain/target.ts';
import type { Served } from './chain/served.ts';
import type { ConsoleAssets } from './console/assets.ts';
import type { Pages } from './console/pages.ts';
import type { OAuthClient } from './config/clients.ts';
import type { Configuration } from './config/configuration.ts';
import { longestTokenSeconds, type LoginOptions } from './config/options.ts';
import type { PlatformContext, Settings } from './context.ts';
import { cuttable } from './cuttable.ts';
import { createClusterNetworks } from './egress/cluster.ts';
import { createEgress, type Egress } from './egress/egress.ts';
import { egressPolicy } from './egress/policy.ts';
import type { Feature } from './feature.ts';
import { builtInFeatures } from './features.ts';
import { createHappenings } from './happenings.ts';
import { identityOf, serviceIdentityOf } from './identity/caller.ts';
import { clientAs } from './identity/clients.ts';
import { endWhatIsOver } from './identity/ending.ts';
import { createLiveRequests } from './identity/live.ts';
import { firstKeys } from './identity/keyring.ts';
import { createIdentity, type IdentityParts } from './identity/parts.ts';
import { createPasswords } from './identity/passwords.ts';
import { ensureAdmission, type AdmissionPlace } from './install/admission.ts';
import { ensureGroups, healGroups } from './install/groups.ts';
import { isNewest } from './install/version.ts';
import type { LoginContext } from './login/attempts.ts';
import { basicLoginsOf } from './login/basic.ts';
import { createPlatformMetrics } from './metrics/registry.ts';
import { createHasher } from './node/hasher.ts';
import { ownAddresses, resolveName } from './node/names.ts';
import { keepStanding } from './roles/standing.ts';
import { createSwitches } from './switches.ts';

export interface PlatformOptions {
  /** The cluster's API with the platform's own identity: a server in this process, or a connection by kubeconfig. */
  readonly cluster: Handler;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Where browsers and programs reach the platform; goes into tokens. */
  readonly issuer: string;
  readonly version?: string;
  /** Features that are switched off, by name. */
  readonly off?: readonly string[];
  /** Beside the built-in ones. */
  readonly features?: readonly Feature[];
  /** The first account's password; random and told to `onFirstPassword` unless given. */
  readonly firstPassword?: string;
  readonly onFirstPassword?: (user: string, password: string) => void;
  readonly settings?: Partial<Omit<Settings, 'issuer' | 'version' | 'login'>> & {
    readonly login?: Partial<LoginOptions>;
  };
  /** The web console's files; without them only the API is served. */
  readonly console?: ConsoleAssets;
  /** Where the cluster's API reaches this platform by TLS; without it quotas of workspaces are told, and not enforced. */
  readonly admission?: AdmissionPlace;
  /** Where the audit lies when this is the only replica; in the cluster unless given. */
  readonly auditStorage?: AuditStorage;
  /** This replica's name when there are several: then one of them runs the controllers. */
  readonly identity?: string;
  /** How long its own requests to the cluster may take when it ends, in milliseconds; 10 s unless given. */
  readonly graceMs?: number;
}

export interface Platform {
  readonly handler: Handler;
  /** Ends controllers and watches; resolves when they are over, also where the cluster answers nothing any more. */
  close(): Promise<void>;
}

/** KubeSphere's own client, known to every script: its secret hides nothing, the password does. */
const wellKnownClient: OAuthClient = {
  name: 'kubesphere',
  secret: 'kubesphere',
  redirectURIs: [],
  passwordGrant: true,
};

const defaultGraceMs = 10_000;

const defaultLogin: LoginOptions = {
  triesMax: 10,
  windowSeconds: 600,
  recordsKeptSeconds: 7 * 24 * 3600,
  recordsMax: 100,
  multipleLogin: true,
  accessTokenSeconds: longestTokenSeconds,
  idleSeconds: 7200,
  trustedProxies: [],
};

/** @throws RangeError for tokens that would live longer than two hours. */
function settingsOf({ issuer, version = 'v0.1.0', settings = {} }: PlatformOptions): Settings {
  const login = { ...defaultLogin, ...settings.login };
  if (login.accessTokenSeconds > longestTokenSeconds)
    throw new RangeError(`access tokens live ${longestTokenSeconds} seconds at most`);
  return {
    secureCookies: true,
    oauthClients: [wellKnownClient],
    egress: { allow: [], onlyListed: false },
    ...settings,
    login,
    issuer,
    version,
  };
}

/** Resolves when the cluster has all that the platform needs; its caches may still be filling, and requests that need them wait. Rejects in one sentence when it cannot be had. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { clock, random, log } = options;
  const { handler: cluster, cut } = cuttable(options.cluster);
  const settings = settingsOf(options);
  const all = [...builtInFeatures, ...(options.features ?? [])];
  const manifests = enabledFeatures(
    all.map(({ manifest }) => manifest),
    options.off,
  );
  const on = all.filter(({ manifest }) => manifests.includes(manifest));
  const ending = new AbortController();
  const client = createClient(cluster, { userAgent: `orrery-platform/${settings.version}` });
  const hasher = createHasher(clock);
  const passwords = createPasswords(hasher);
  try {
    await ensureNamespace(client);
    // Made while the rest is: a key of RSA takes as long as all of it.
    const keys = firstKeys(client, clock);
    await bringKinds(client, clock, manifests, on, settings.version);
    await ensureFirstAccount({
      client,
      random,
      passwords,
      password: options.firstPassword,
      tell: options.onFirstPassword ?? (() => {}),
    });
    await ensureGroups(client);
    for (const { prepare } of on) await prepare?.(client);
    const base = createContext({ client, clock, random, log, signal: ending.signal, transform: withoutManagedFields });
    const known = await createIdentity(base, settings, keys);
    const admission = options.admission && (await ensureAdmission(client, random, options.admission));
    const served = new Map<string, Served>();
    const members = createMembers();
    const context = withBasic({
      ...base,
      settings,
      members,
      transport: cluster,
      clientOf: caller => clientAs(cluster, base, identityOf(caller)),
      serviceOf: caller => clientAs(cluster, base, serviceIdentityOf(caller)),
      ...known.context,
      passwords,
      egress: egressOf(options, client, known.context.config),
      ...(admission && { admission }),
      ...(options.auditStorage && { auditStorage: options.auditStorage }),
      ...featuresOf(manifests),
      served,
      console: options.console,
    });
    return await start(context, on, options, ending, {
      served,
      knows: until(known.knows, ending.signal),
      controllers: known.controllers,
      follow: () => follow(context, members, on, known),
      cut,
      release: () => hasher.close(),
    });
  } catch (error) {
    ending.abort();
    await hasher.close();
    throw error;
  }
}

function follow(context: PlatformContext, members: RunningMembers, on: readonly Feature[], known: IdentityParts): void {
  endWhatIsOver({ ...context, sessions: known.sessions, accounts: known.accounts });
  if (context.features.some(({ name }) => name === 'clusters')) members.start(context, on, known);
}

const featuresOf = (manifests: readonly FeatureManifest[]) => ({
  cluster: hostCluster,
  live: createLiveRequests(),
  happenings: createHappenings(),
  closing: [],
  features: manifests,
  switches: createSwitches(manifests),
  metrics: createPlatformMetrics(),
});

/** What the cluster must have before anything else: as this version knows it, unless a newer one has been here. */
async function bringKinds(
  client: Client,
  clock: Clock,
  manifests: readonly FeatureManifest[],
  on: readonly Feature[],
  version: string,
): Promise<void> {
  const newest = await isNewest(client, version);
  const only = ({ plural, group }: { plural: string; group: string }) =>
    manifests.some(({ kinds }) => kinds.includes(`${plural}.${group}`));
  await ensureKinds({ client, clock, only, leave: !newest });
  if (newest)
    await ensureRoles(
      client,
      on.flatMap(({ globalRoles = [] }) => globalRoles),
    );
}

/** The last part, which logs in by all others. */
const withBasic = (parts: LoginContext): PlatformContext => ({ ...parts, basic: basicLoginsOf(parts) });

function egressOf({ clock, log }: PlatformOptions, client: Client, config: Configuration): Egress {
  const networks = createClusterNetworks(client, clock);
  const policy = async () => egressPolicy(config.egress(), await networks(), ownAddresses());
  return createEgress({ clock, log, policy, resolve: resolveName });
}

/** The cluster's own calls: by a path that nobody else knows, without a session. */
function withWebhooks(chain: Handler, webhooks: readonly Webhook[], context: PlatformContext): Handler {
  const { admission } = context;
  if (!admission || webhooks.length === 0) return chain;
  const judge = webhookHandler(webhooks, context);
  return request => (request.target.startsWith(`${admission.path}/`) ? judge(request) : chain(request));
}

/** Caches that are told to end never fill: who waits for them is not left waiting. */
const until = (filled: Promise<void>, signal: AbortSignal): Promise<void> =>
  Promise.race([
    filled.catch(() => {}),
    new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true })),
  ]);

interface Rest {
  /** Filled by the features as they start. */
  readonly served: Map<string, Served>;
  /** What is configured holds from the first request on. */
  readonly knows: Promise<void>;
  readonly controllers: readonly ControllerOptions[];
  readonly follow: () => void;
  /** From now on the cluster answers nobody. */
  readonly cut: () => void;
  readonly release: () => Promise<void>;
}

async function start(
  context: PlatformContext,
  on: readonly Feature[],
  { identity, clock, graceMs = defaultGraceMs }: PlatformOptions,
  ending: AbortController,
  { served, knows, controllers: own, follow, cut, release }: Rest,
): Promise<Platform> {
  // Before features ask for all there is: caches fill in turns, and pages need no more than this.
  await knows;
  indexSubjects(projectBindings(context));
  const standing = keepStanding(
    context,
    on.flatMap(({ globalRoles = [] }) => globalRoles),
  );
  const controllers: ControllerOptions[] = [...own, standing];
  const pages: Pages[] = [];
  const gates: Gate[] = [];
  const webhooks: Webhook[] = [];
  for (const { manifest, start } of on) {
    const running = start(context);
    for (const [name, route] of Object.entries(manifest.routes))
      served.set(route.id, { route, handle: running.handlers[name]!, sources: running.live?.[name] });
    controllers.push(...(running.controllers ?? []));
    if (running.pages) pages.push(running.pages);
    gates.push(...(running.gates ?? []));
    webhooks.push(...(running.webhooks ?? []));
  }
  follow();
  const router = createRouter(on.flatMap(({ manifest }) => Object.values(manifest.routes)));
  const run = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(
      [healGroups(context), ...controllers].map(controller => runController(controller, { ...context, signal })),
    );
  };
  const running = identity
    ? runWithLeaderElection(context, 'orrery-platform', run, { identity, namespace: systemNamespace })
    : run(ending.signal);
  const ready = until(context.informers.synced(), ending.signal);
  return {
    handler: withWebhooks(createChain({ context, router, pages, gates, ready }), webhooks, context),
    async close() {
      ending.abort();
      const late = clock.after(graceMs, cut);
      try {
        await running;
        await Promise.all(context.closing.map(close => close()));
      } finally {
        late.cancel();
      }
      await release();
    },
  };
}

/**
 * The security half of the server, put together: who asks, whether they may, what is admitted, where addresses come from, and
 * what a cluster has from the start.
 */
import type { Handler, Request, UserInfo } from '@orrery/http';
import { formatTime } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { admissionPlugins } from './admission/plugins.ts';
import { startPolicies } from './admission/policies/plugins.ts';
import { startWebhooks } from './admission/webhooks/plugins.ts';
import { createServiceAllocator, firstServiceAddress } from './allocators/hooks.ts';
import type { ServiceAllocator } from './allocators/hooks.ts';
import type { PortRange } from './allocators/ranges.ts';
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts';
import { createAuthenticator } from './authentication/chain.ts';
import { discoveryPaths } from './authentication/discovery.ts';
import { signingKey, verificationKey } from './authentication/jwt.ts';
import type { StructuredAuthentication } from './authentication/oidc.ts';
import { frontProxyUsers, issuedBy } from './authentication/request-header.ts';
import { selfSubjectReviewAction, tokenReviewAction } from './authentication/reviews.ts';
import { createServiceAccountTokens, legacyToken } from './authentication/service-account-tokens.ts';
import type { ServiceAccountTokenOptions, ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { tokenRequestAction } from './authentication/token-request.ts';
import { anyToken, cachedTokens, staticTokens } from './authentication/tokens.ts';
import type { TokenAuthenticator } from './authentication/tokens.ts';
import { bootstrapObjects } from './authorization/bootstrap-objects.ts';
import type { Desired } from './authorization/bootstrap-objects.ts';
import { privilegedAuthorizer, unionAuthorizer } from './authorization/chain.ts';
import { ensureBootstrap, handlerWriter } from './authorization/ensure.ts';
import { escalationHooks } from './authorization/escalation.ts';
import { NodeGraph, followNodeObjects } from './authorization/node-graph.ts';
import { nodeAuthorizer } from './authorization/node.ts';
import { rbacAuthorizer } from './authorization/rbac.ts';
import { accessReviewActions } from './authorization/reviews.ts';
import { RoleIndex, followRoles } from './authorization/role-index.ts';
import type { Authorizer, PartsContext, ServerParts } from './types.ts';

export { structuredAuthentication } from './authentication/oidc.ts';
export type { StructuredAuthentication } from './authentication/oidc.ts';
export { tokenWebhook } from './authentication/token-webhook.ts';
export type { TokenAuthenticator } from './authentication/tokens.ts';
export { authorizationConfigOf } from './authorization/structured.ts';
export type { AuthorizerConfig } from './authorization/structured.ts';
export type { AuditOptions } from './chain/audit.ts';
export { auditPolicyOf } from './chain/audit-policy-file.ts';
export { createAuditWebhook } from './chain/audit-webhook.ts';
export { documentOf } from './chain/config-reader.ts';

export interface SecurityOptions {
  /** PKCS #8 PEM of the key that signs service account tokens. */
  readonly serviceAccountKey: string;
  /** PEM of keys (public or private) that signed before and are still believed. */
  readonly formerServiceAccountKeys?: readonly string[];
  /** PEM of the authority of client certificates, and of the front proxy's: published for extension API servers. */
  readonly clientAuthority?: string;
  readonly frontProxyAuthority?: string;
  /** One CIDR per family, the default family first. */
  readonly serviceCidrs: readonly string[];
  readonly nodePorts?: PortRange;
  /** Ports on the nodes that something listens on: never given to Services. */
  readonly reservedPorts?: readonly number[];
  /** The port that the API server listens on: where the Service `default/kubernetes` leads. */
  readonly securePort: number;
  /** `https://kubernetes.default.svc` unless given. */
  readonly issuer?: string;
  /** Where verifiers fetch the key set; inside the cluster unless given. */
  readonly keySetUri?: string;
  readonly staticTokens?: ReadonlyMap<string, UserInfo>;
  /** Whether Secrets `kube-system/bootstrap-token-*` describe users; false unless said otherwise, as upstream. */
  readonly bootstrapTokens?: boolean;
  /** Whether requests without credentials are let in as `system:anonymous`; true unless said otherwise. */
  readonly anonymous?: boolean;
  /** Issuers of tokens beside this server, and what it says of requests without credentials. */
  readonly structured?: StructuredAuthentication;
  /** Asked last about tokens that nobody knows. */
  readonly tokenWebhook?: TokenAuthenticator;
  /** Who decides, behind the privileged group; Node and RBAC unless given. Read for each request. */
  readonly authorizers?: () => readonly AuthorizerChoice[];
  readonly maxTokenSeconds?: number;
  /** See `AdmissionOptions.storageProtection`. */
  readonly storageProtection?: boolean;
}

/** Makes the tokens that Secrets keep, for the controller that fills them in. `key` is PKCS #8 PEM. */
export const secretTokens = (key: string) => legacyToken(signingKey(key));

/** An authorizer that is built in, or one from elsewhere. */
export type AuthorizerChoice = 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny' | Authorizer;

export interface Security {
  readonly parts: ServerParts;
  readonly tokens: ServiceAccountTokens;
  readonly authorizer: Authorizer;
  readonly roles: RoleIndex;
  readonly allocator: ServiceAllocator;
}

/** How often what people may have deleted is looked at again: the system namespaces, the API's own Service, and who is served first. */
const keepLevelMs = 10_000;

const kept = ({ group, resource }: Desired): boolean =>
  resource === 'namespaces' || resource === 'services' || group === 'flowcontrol.apiserver.k8s.io';

const fixedAuthorizers = {
  AlwaysAllow: async () => ({ decision: 'allow', reason: '' }) as const,
  AlwaysDeny: async () => ({ decision: 'no-opinion', reason: 'Everything is forbidden.' }) as const,
};

/** The privileged group first, always: somebody must be able to mend the rest. */
function chosenAuthorizers(
  builtIn: Readonly<Record<Exclude<AuthorizerChoice, Authorizer>, Authorizer>>,
  choice: SecurityOptions['authorizers'] = () => usual,
): Authorizer {
  let last: readonly AuthorizerChoice[] | undefined;
  let union: Authorizer = privilegedAuthorizer;
  return (user, attributes) => {
    const wanted = choice();
    if (wanted !== last) {
      last = wanted;
      const found = wanted.map(each => (typeof each === 'string' ? builtIn[each] : each));
      union = unionAuthorizer([privilegedAuthorizer, ...found]);
    }
    return union(user, attributes);
  };
}

const usual: readonly AuthorizerChoice[] = ['Node', 'RBAC'];

/** What the configuration says of requests without credentials, or else the option. */
const letsIn =
  ({ structured, anonymous = true }: SecurityOptions) =>
  ({ target }: Request): boolean => {
    const said = structured?.anonymous();
    if (said === undefined) return anonymous;
    return said.enabled && (said.paths === undefined || said.paths.includes(target.split('?')[0]!));
  };

/** The common name of the proxy that has a certificate of its own authority. */
const frontProxyNames = ['front-proxy-client'];

/** Certificates of both authorities arrive: what is whose is told apart here. */
function authoritiesOf({ clientAuthority, frontProxyAuthority }: SecurityOptions) {
  if (!frontProxyAuthority) return {};
  return {
    frontProxy: frontProxyUsers({ authority: frontProxyAuthority, names: frontProxyNames }),
    ...(clientAuthority && { isClients: issuedBy(clientAuthority) }),
  };
}

/** Everybody who knows tokens, one after the other; what they accepted is remembered for a moment. */
function acceptedTokens(
  { staticTokens: users, bootstrapTokens: hasBootstrap, structured, tokenWebhook: webhook }: SecurityOptions,
  { reads, clock }: PartsContext,
  own: ServiceAccountTokens,
  apiAudiences: readonly string[],
): TokenAuthenticator {
  const known = users ? [staticTokens(users, apiAudiences)] : [];
  if (hasBootstrap) known.push(bootstrapTokens(reads, clock, apiAudiences));
  known.push(own.authenticate);
  if (structured) known.push(structured.tokens);
  if (webhook) known.push(webhook);
  return cachedTokens(anyToken(known), clock);
}

/** Labels Secrets beside the request that gave the reason. */
const labelSecrets =
  (loopback: Handler, log: Log): NonNullable<ServiceAccountTokenOptions['label']> =>
  (secret, labels) => {
    const { namespace = '', name = '', uid } = secret.metadata;
    handlerWriter(loopback, 'kube-apiserver')
      .patch(`/api/v1/namespaces/${namespace}/secrets/${name}`, { metadata: { uid, labels } })
      .catch((error: unknown) => log.warn('the use of a token could not be written down', { namespace, name, error }));
  };

/** Builds all parts. Resolves when roles, node objects and Services that are stored are known. */
export async function createSecurity(options: SecurityOptions, context: PartsContext): Promise<Security> {
  const { reads, clock, random, log, loopback } = context;
  const { issuer = 'https://kubernetes.default.svc', keySetUri = `${issuer}/openid/v1/jwks`, securePort } = options;
  const apiAudiences = [issuer];
  const signing = signingKey(options.serviceAccountKey);
  const formerKeys = (options.formerServiceAccountKeys ?? []).map(pem => verificationKey(pem));
  const tokens = createServiceAccountTokens({
    ...{ issuers: [issuer], apiAudiences, signing, formerKeys, reads, clock },
    label: labelSecrets(loopback, log),
  });
  const accepted = acceptedTokens(options, context, tokens, apiAudiences);
  const roles = new RoleIndex();
  const graph = new NodeGraph();
  const allocator = createServiceAllocator({ ...options, random });
  const stops = await Promise.all([followRoles(roles, reads), followNodeObjects(graph, reads), allocator.start(reads)]);
  const builtIn = { ...fixedAuthorizers, Node: nodeAuthorizer(graph, clock), RBAC: rbacAuthorizer(roles) };
  const authorizer = chosenAuthorizers(builtIn, options.authorizers);
  const policies = await startPolicies(context, authorizer);
  const webhooks = await startWebhooks(context, authorizer);
  const wishes = bootstrapObjects({
    kubernetesService: { address: firstServiceAddress(options.serviceCidrs[0]!, random), targetPort: securePort },
    serviceCidrs: options.serviceCidrs,
    localApiServices: true,
    today: formatTime(clock.now()).slice(0, 10),
    ...(options.clientAuthority && { clientCa: options.clientAuthority }),
    ...(options.frontProxyAuthority && {
      requestHeaderCa: options.frontProxyAuthority,
      requestHeaderNames: frontProxyNames,
    }),
  });
  const target = { reads, writer: handlerWriter(loopback), log, clock };
  const ensure = (desired: readonly Desired[]) => ensureBootstrap(desired, target);
  const endings: (() => void)[] = [() => allocator.close(), policies.close, webhooks.close];
  const { maxTokenSeconds } = options;
  const parts: ServerParts = {
    authenticator: createAuthenticator({
      ...{ tokens: accepted, apiAudiences, anonymous: letsIn(options), log },
      ...authoritiesOf(options),
    }),
    ...{ authorizer, registersGroups: true },
    admission: admissionPlugins({
      ...{ clock, random, authorizer, storageProtection: options.storageProtection ?? false },
      policies,
      webhooks,
      writer: handlerWriter(loopback, 'kube-apiserver'),
    }),
    actions: {
      ...accessReviewActions(authorizer, roles),
      'authentication.k8s.io/tokenreviews': tokenReviewAction(accepted, apiAudiences),
      'authentication.k8s.io/selfsubjectreviews': selfSubjectReviewAction,
      '/serviceaccounts/token': tokenRequestAction({
        tokens,
        apiAudiences,
        clock,
        ...(maxTokenSeconds && { maxExpirationSeconds: maxTokenSeconds }),
      }),
    },
    writeHooks: {
      ...escalationHooks(roles, authorizer),
      ...policies.hooks,
      '/services': allocator.hooks,
    },
    paths: discoveryPaths({ issuer, keySetUri, keys: tokens.keys }),
    async bootstrap() {
      await ensure(wishes);
      for (const problem of await allocator.repair(reads))
        log.warn(problem.message, { service: problem.key, reason: problem.reason });
      endings.push(allocator.repairEvery(clock, reads, log));
      const timer = clock.every(keepLevelMs, () => {
        ensure(wishes.filter(kept)).catch((error: unknown) => log.warn('system objects could not be kept', { error }));
      });
      timer.unref();
      endings.push(() => timer.cancel());
    },
    close() {
      for (const stop of [...stops, ...endings]) stop?.();
    },
  };
  return { parts, tokens, authorizer, roles, allocator };
}

/** For `ApiServerOptions.parts`. */
export const securityParts =
  (options: SecurityOptions) =>
  async (context: PartsContext): Promise<ServerParts> =>
    (await createSecurity(options, context)).parts;

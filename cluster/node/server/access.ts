/** Who may use the kubelet's API: the cluster decides (upstream `pkg/kubelet/server/auth.go`). Nobody is anonymous. */
import { X509Certificate } from 'node:crypto';
import type { Client } from '@orrery/client';
import { header, type Request, type UserInfo } from '@orrery/http';
import type { SubjectAccessReview, TokenReview } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError, unauthorized } from '@orrery/machinery/status';

export interface Access {
  /** Resolves for a request that may go on. Rejects with a StatusError: 401 for strangers, 403 for known ones without the right. */
  check(request: Request): Promise<UserInfo>;
}

export interface AccessOptions {
  client: Client;
  clock: Clock;
  nodeName: string;
}

/** Milliseconds that an answer of the cluster holds. */
const hold = { token: 120_000, allowed: 300_000, denied: 30_000 };
const maxHeld = 1_000;

const tokenReviews = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const accessReviews = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' };

/** The user that a client certificate names: CN is the name, each O a group. */
export function certificateUser(der: Uint8Array): UserInfo {
  const { subject } = new X509Certificate(der);
  const values = (attribute: string): string[] =>
    subject.split('\n').flatMap(line => (line.startsWith(`${attribute}=`) ? [line.slice(attribute.length + 1)] : []));
  return { name: values('CN')[0] ?? '', groups: [...values('O'), 'system:authenticated'] };
}

export interface Attributes {
  verb: string;
  subresource: string;
}

const verbs: Record<string, string> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What a request is to the authorizer: a verb on a sub-resource of this node. */
export function attributesOf(method: string, path: string): Attributes {
  const verb = verbs[method] ?? '';
  const under = (prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);
  const subresource = under('/stats')
    ? 'stats'
    : under('/metrics')
      ? 'metrics'
      : under('/logs')
        ? 'log'
        : under('/spec')
          ? 'spec'
          : under('/healthz')
            ? 'healthz'
            : path === '/pods' || path === '/runningpods'
              ? 'pods'
              : 'proxy';
  return { verb, subresource };
}

export function createAccess({ client, clock, nodeName }: AccessOptions): Access {
  const users = new Held<UserInfo | undefined>(clock);
  const rights = new Held<boolean>(clock);

  const authenticate = async (request: Request): Promise<UserInfo | undefined> => {
    if (request.user) return request.user;
    const certificate = request.connection?.clientCertificate;
    if (certificate) return certificateUser(certificate);
    const [, token] = /^bearer (\S+)$/i.exec(header(request.headers, 'authorization') ?? '') ?? [];
    return token
      ? users.get(
          token,
          () => reviewToken(client, token),
          () => hold.token,
        )
      : undefined;
  };

  return {
    async check(request) {
      const user = await authenticate(request);
      if (!user || user.name === '') throw unauthorized();
      if (user.groups.includes('system:masters')) return user;
      const attributes = attributesOf(request.method, request.target.split('?')[0]!);
      const key = JSON.stringify([user, attributes]);
      const ask = () => reviewAccess(client, user, attributes, nodeName);
      if (await rights.get(key, ask, allowed => (allowed ? hold.allowed : hold.denied))) return user;
      const { verb, subresource } = attributes;
      throw new StatusError(
        403,
        'Forbidden',
        `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])`,
      );
    },
  };
}

/** Answers that hold for a while, and not too many of them. */
class Held<T> {
  readonly #clock: Clock;
  readonly #entries = new Map<string, { value: T; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: string, ask: () => Promise<T>, holdMs: (value: T) => number): Promise<T> {
    const present = this.#entries.get(key);
    if (present && present.until > this.#clock.now()) return present.value;
    const value = await ask();
    if (this.#entries.size >= maxHeld) this.#entries.clear();
    this.#entries.set(key, { value, until: this.#clock.now() + holdMs(value) });
    return value;
  }
}

async function reviewToken(client: Client, token: string): Promise<UserInfo | undefined> {
  const review: TokenReview = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: {},
    spec: { token },
  };
  const { status } = await client.create<TokenReview>(tokenReviews, review);
  const user = status?.authenticated ? status.user : undefined;
  return (
    user && {
      name: user.username ?? '',
      groups: user.groups ?? [],
      ...(user.uid && { uid: user.uid }),
      ...(user.extra && { extra: user.extra }),
    }
  );
}

async function reviewAccess(
  client: Client,
  user: UserInfo,
  { verb, subresource }: Attributes,
  node: string,
): Promise<boolean> {
  const review: SubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user: user.name,
      groups: [...user.groups],
      resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: node },
    },
  };
  const { status } = await client.create<SubjectAccessReview>(accessReviews, review);
  return status?.allowed ?? false;
}

/**
 * Sessions: what a log-in leaves behind, as Secrets of the cluster, so that every replica knows them and a log-out counts at once
 * everywhere. A refresh token works once: its serial is compared and counted up in one write.
 */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { isReason, unauthorized } from '@orrery/machinery/status';
import { labels, systemNamespace } from '@orrery/platform-kinds';
import type { Informer } from '@orrery/reconciler';
import { isUserName } from './users.ts';
import { getSecret, recordIn, secretOf, takeSecret, type Secret } from './secrets.ts';

export const sessionLabel = 'platform.orrery.io/session';

export interface Session {
  readonly user: string;
  readonly client: string;
  /** The serial of the refresh token that is good. */
  readonly serial: number;
  readonly expiresAtMs: number;
  /** How long it lives without being used, where that is not the platform's own time. */
  readonly lifeMs?: number;
  /** What an OAuth client was granted; without it everything that the user may. */
  readonly scope?: string;
  /** When he proved who he is; of a session that follows from another, when that was. */
  readonly provedAtMs?: number;
  /** Somebody whom a provider vouches for and who has no account yet. He may make one and nothing else. */
  readonly newcomer?: Newcomer;
  /** Of a credential in a file: the digest of what stands there beside the id. */
  readonly key?: string;
  /** Where he logged in, as far as it is known. */
  readonly from?: { readonly address?: string; readonly userAgent?: string };
}

/** A session that is not over, and when it began. */
export interface OpenSession {
  readonly id: string;
  readonly session: Session;
  readonly openedAtMs: number;
}

/** What a provider says about somebody. */
export interface Newcomer {
  readonly provider: string;
  readonly uid: string;
  readonly username: string;
  readonly email?: string;
  /** The account that he has made. */
  readonly account?: string;
}

export type SessionStart = Partial<Pick<Session, 'scope' | 'newcomer' | 'lifeMs' | 'provedAtMs' | 'from' | 'key'>> & {
  /** A name for it that was told before. */
  readonly id?: string;
};

export interface Sessions {
  /** Resolves with the session's id. */
  open(user: string, client: string, start?: SessionStart): Promise<string>;
  newId(): string;
  /** From the cache alone. */
  known(user: string): readonly Session[];
  /** From the cluster: who ended one a moment ago does not see it. */
  of(user: string, client?: Client): Promise<readonly OpenSession[]>;
  /** The session, from the cache or, right after its start, from the cluster. Undefined when it is over. */
  find(id: string): Promise<Session | undefined>;
  /** Makes the refresh token `serial` worthless and returns the next one. A token used twice ends the session: one of the two is stolen. */
  rotate(id: string, serial: number): Promise<Session>;
  /** Keeps which account a newcomer has made. False when he was somewhere else at it at the same time. */
  settle(id: string, account: string): Promise<boolean>;
  /** Puts the end off, for sessions without refresh tokens. */
  extend(id: string): Promise<void>;
  end(id: string, client?: Client): Promise<void>;
  /** Ends all sessions of a user but `except`. */
  endAll(user: string, client?: Client, except?: string): Promise<void>;
  /** Ends those that he logged in to: what stands in files of programs stays. */
  endLogins(user: string, client?: Client): Promise<void>;
  sweep(): Promise<void>;
}

export interface SessionsOptions {
  readonly client: Client;
  /** Secrets that carry `sessionLabel`. */
  readonly informer: Informer<Secret>;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a session lives without being used, unless it says so itself. */
  readonly lifeMs: () => number;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
const nameOf = (id: string): string => `session-${id}`;
const idForm = /^[0-9a-f]{40}$/;
const type = 'platform.orrery.io/session';

export function createSessions({ client, informer, clock, random, lifeMs }: SessionsOptions): Sessions {
  informer.addIndex('user', ({ metadata }) => [metadata.labels?.[labels.user] ?? '']);
  const put = (secret: Secret, session: Session): Promise<Secret> =>
    client.update(resources.secrets, { ...secret, data: secretOf('', type, {}, session).data });
  const live = async (id: string): Promise<Secret | undefined> =>
    idForm.test(id) ? getSecret(client, nameOf(id)) : undefined;
  const current = (secret: Secret | undefined): Session | undefined => {
    const session = recordIn<Session>(secret);
    return session && session.expiresAtMs > clock.now() ? session : undefined;
  };
  const listOf = (user: string, by: Client) =>
    by.list<Secret>(resources.secrets, {
      namespace: systemNamespace,
      labelSelector: `${sessionLabel}=true,${labels.user}=${user}`,
    });
  // What ended here is over here at once: the cache hears of it a moment later.
  const ended = new Set<string>();
  informer.onChange(({ before, after }) => {
    if (before && !after) ended.delete(before.metadata.name!);
  });
  const take = async (secret: Secret, by: Client): Promise<boolean> => {
    const name = secret.metadata.name!;
    ended.add(name);
    try {
      return await takeSecret(by, secret);
    } catch (error) {
      ended.delete(name);
      throw error;
    }
  };
  const end = async (id: string, by = client) => {
    const secret = await live(id);
    if (secret) await take(secret, by);
  };
  return {
    async open(user, forClient, { id = hex(random.bytes(20)), ...start } = {}) {
      const now = clock.now();
      const session: Session = {
        user,
        client: forClient,
        serial: 1,
        provedAtMs: now,
        ...start,
        expiresAtMs: now + (start.lifeMs ?? lifeMs()),
      };
      const marks = { [sessionLabel]: 'true', ...(isUserName(user) && { [labels.user]: user }) };
      await client.create(resources.secrets, secretOf(nameOf(id), type, marks, session));
      return id;
    },
    newId: () => hex(random.bytes(20)),
    known: user => informer.byIndex('user', user).flatMap(secret => current(secret) ?? []),
    async of(user, by = client) {
      const { items } = await listOf(user, by);
      return items.flatMap(secret => {
        const session = current(secret);
        const openedAtMs = Date.parse(secret.metadata.creationTimestamp ?? '');
        return session ? [{ id: sessionIdOf(secret), session, openedAtMs }] : [];
      });
    },
    async find(id) {
      if (ended.has(nameOf(id))) return undefined;
      const cached = informer.get(`${systemNamespace}/${nameOf(id)}`);
      return current(cached ?? (await live(id)));
    },
    async rotate(id, serial) {
      const secret = await live(id);
      const session = current(secret);
      if (!secret || !session) throw unauthorized('the session is over');
      if (session.serial !== serial) {
        await take(secret, client);
        throw unauthorized('the session is over');
      }
      const next = { ...session, serial: serial + 1, expiresAtMs: clock.now() + (session.lifeMs ?? lifeMs()) };
      try {
        await put(secret, next);
      } catch (error) {
        if (isReason(error, 'Conflict')) throw unauthorized('the token was used at the same moment elsewhere');
        throw error;
      }
      return next;
    },
    async settle(id, account) {
      const secret = await live(id);
      const session = current(secret);
      if (!secret || !session?.newcomer || session.newcomer.account !== undefined) return false;
      try {
        await put(secret, { ...session, newcomer: { ...session.newcomer, account } });
        return true;
      } catch (error) {
        if (isReason(error, 'Conflict') || isReason(error, 'NotFound')) return false;
        throw error;
      }
    },
    async extend(id) {
      const secret = await live(id);
      const session = current(secret);
      // Another replica extends it, or it is over: both are fine.
      if (secret && session)
        await put(secret, { ...session, expiresAtMs: clock.now() + (session.lifeMs ?? lifeMs()) }).catch(() => {});
    },
    end,
    async endAll(user, by = client, except) {
      const found = await listOf(user, client);
      const ending = found.items.filter(({ metadata }) => metadata.name !== nameOf(except ?? ''));
      await Promise.all(ending.map(secret => take(secret, by)));
    },
    async endLogins(user, by = client) {
      const found = await listOf(user, client);
      const ending = found.items.filter(secret => recordIn<Session>(secret)?.key === undefined);
      await Promise.all(ending.map(secret => take(secret, by)));
    },
    async sweep() {
      // Of some the cache never heard.
      for (const name of ended) if (!informer.get(`${systemNamespace}/${name}`)) ended.delete(name);
      const over = informer.list().filter(secret => current(secret) === undefined);
      await Promise.all(over.map(secret => takeSecret(client, secret)));
    },
  };
}

/** The id of a session's Secret. */
export const sessionIdOf = (secret: Secret): string => secret.metadata.name!.slice('session-'.length);

/** What the platform knows people by, put together: configuration, keys, tokens, sessions, accounts. */
import { resources } from '@orrery/client/resources';
import { platformResources, systemNamespace, type User } from '@orrery/platform-kinds';
import type { ComponentContext, ControllerOptions, Informer } from '@orrery/reconciler';
import { createConfiguration, type Configuration } from '../config/configuration.ts';
import type { PlatformContext, Settings } from '../context.ts';
import { createDoor } from '../login/door.ts';
import { createExternalLogins } from '../login/external.ts';
import { createKeyRing, keyFilter, rotateKeys, rotationTimes } from './keyring.ts';
import type { SigningKeys } from './keys.ts';
import { createSessions, sessionLabel } from './sessions.ts';
import type { Secret } from './secrets.ts';
import { createTokens } from './tokens.ts';
import { createUsers } from './users.ts';

export interface IdentityParts {
  /** Resolves when what is configured and what signs is known: a handful of objects. Nobody logs in before. */
  readonly knows: Promise<void>;
  readonly context: Pick<PlatformContext, 'config' | 'keys' | 'tokens' | 'sessions' | 'users' | 'door' | 'external'>;
  readonly sessions: Informer<Secret>;
  readonly accounts: Informer<User>;
  readonly controllers: readonly ControllerOptions[];
}

/** What the longest token lives, whichever client it is for. */
function longestLifeMs(config: Configuration): number {
  const { accessTokenSeconds, idleSeconds } = config.login();
  return (
    (accessTokenSeconds + Math.max(idleSeconds, ...config.clients().map(client => client.idleSeconds ?? 0))) * 1000
  );
}

/** `keys` are those that are there: making the first ones takes a while, which others may use. */
export async function createIdentity(
  base: ComponentContext,
  settings: Settings,
  keys: Promise<SigningKeys>,
): Promise<IdentityParts> {
  const { client, clock, random, log, informers } = base;
  const { oauthClients: clients, login, egress } = settings;
  const config = createConfiguration(informers, { clients, login, egress }, log);
  const times = () => rotationTimes(longestLifeMs(config));
  const keySecrets = informers.of<Secret>(resources.secrets, keyFilter);
  // Of accounts and sessions there may be thousands: who is not in a cache yet is looked for in the cluster.
  const knows = informers.synced();
  const ring = createKeyRing({ client, clock, log, informer: keySecrets, first: await keys });
  const labelSelector = `${sessionLabel}=true`;
  const sessions = informers.of<Secret>(resources.secrets, { namespace: systemNamespace, labelSelector });
  const accounts = informers.of<User>(platformResources.users);
  const lifeMs = () => (config.login().accessTokenSeconds + config.login().idleSeconds) * 1000;
  return {
    knows,
    context: {
      config,
      keys: ring,
      tokens: createTokens(ring, settings.issuer, clock),
      sessions: createSessions({ client, informer: sessions, clock, random, lifeMs }),
      users: createUsers(client, accounts),
      door: createDoor(clock),
      external: createExternalLogins(),
    },
    sessions,
    accounts,
    controllers: [rotateKeys({ client, clock }, keySecrets, times)],
  };
}

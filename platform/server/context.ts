/** What every feature of the platform gets, and all it may touch. */
import type { Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { ComponentContext } from '@orrery/reconciler';
import type { FeatureManifest } from '@orrery/platform-contract';
import type { Served } from './chain/served.ts';
import type { ConsoleAssets } from './console/assets.ts';
import type { Egress } from './egress/egress.ts';
import type { EgressSettings } from './egress/policy.ts';
import type { Caller } from './identity/caller.ts';
import type { LiveRequests } from './identity/live.ts';
import type { Passwords } from './identity/passwords.ts';
import type { Sessions } from './identity/sessions.ts';
import type { SigningKeys } from './identity/keys.ts';
import type { Tokens } from './identity/tokens.ts';
import type { Users } from './identity/users.ts';

/** A program that logs users in through the platform. */
export interface OAuthClient {
  readonly name: string;
  /** A client without a secret is public: it must use PKCE. */
  readonly secret?: string;
  /** Compared letter by letter. */
  readonly redirectURIs: readonly string[];
  /** Its users' passwords may pass through it. */
  readonly passwordGrant?: boolean;
}

export interface Settings {
  /** The address that tokens name as theirs, e.g. `https://platform.example.com`. */
  readonly issuer: string;
  readonly version: string;
  /** At most 7200. */
  readonly accessTokenSeconds: number;
  /** How long a session lives without being used. */
  readonly idleSeconds: number;
  readonly loginTriesMax: number;
  readonly loginWindowSeconds: number;
  /** False only where the platform is reached without TLS. */
  readonly secureCookies: boolean;
  readonly oauthClients: readonly OAuthClient[];
  /** Where the platform may connect to for its users. */
  readonly egress: EgressSettings;
}

export interface PlatformContext extends ComponentContext {
  readonly settings: Settings;
  /** The cluster, as the platform itself. */
  readonly transport: Handler;
  /** The cluster, as the user. */
  clientOf(caller: Caller): Client;
  /** The cluster, as the user with the rights of the platform's services: for writes whose permission was checked before. */
  serviceOf(caller: Caller): Client;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly keys: SigningKeys;
  readonly live: LiveRequests;
  /** The only way to an address that a user had a say in. */
  readonly egress: Egress;
  /** The features that are on. */
  readonly features: readonly FeatureManifest[];
  /** By route id; whole as soon as the platform serves. */
  readonly served: ReadonlyMap<string, Served>;
  /** The files of the web console, where this platform has one. */
  readonly console?: ConsoleAssets;
}

/** What every feature of the platform gets, and all it may touch. */
import type { Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { ComponentContext } from '@orrery/reconciler';
import type { FeatureManifest } from '@orrery/platform-contract';
import type { AuditStorage } from './audit/storage.ts';
import type { Served } from './chain/served.ts';
import type { Members } from './clusters/member/types.ts';
import type { OAuthClient } from './config/clients.ts';
import type { Configuration } from './config/configuration.ts';
import type { LoginOptions } from './config/options.ts';
import type { ConsoleAssets } from './console/assets.ts';
import type { Admission } from './install/admission.ts';
import type { Egress } from './egress/egress.ts';
import type { EgressSettings } from './egress/policy.ts';
import type { Happenings } from './happenings.ts';
import type { Caller } from './identity/caller.ts';
import type { LiveRequests } from './identity/live.ts';
import type { Passwords } from './identity/passwords.ts';
import type { Sessions } from './identity/sessions.ts';
import type { KeyRing } from './identity/keyring.ts';
import type { Tokens } from './identity/tokens.ts';
import type { Users } from './identity/users.ts';
import type { BasicLogins } from './login/basic.ts';
import type { Door } from './login/door.ts';
import type { ExternalLogins } from './login/external.ts';
import type { PlatformMetrics } from './metrics/registry.ts';
import type { Switches } from './switches.ts';

export interface Settings {
  /** The address that tokens name as theirs, e.g. `https://platform.example.com`. */
  readonly issuer: string;
  readonly version: string;
  /** Certificates in PEM by which programs know the platform there; those of their machines unless given. */
  readonly certificateAuthority?: string;
  /** Where pods of the cluster reach the platform; they reach the issuer's address unless given, or none when that is loopback. */
  readonly podServer?: string;
  /** What holds until the cluster's configuration says otherwise. */
  readonly login: LoginOptions;
  /** False only where the platform is reached without TLS. */
  readonly secureCookies: boolean;
  readonly oauthClients: readonly OAuthClient[];
  /** Where the platform may connect to for its users. */
  readonly egress: EgressSettings;
}

export interface PlatformContext extends ComponentContext {
  readonly settings: Settings;
  /** The name of the cluster that this is about: `host`, or a member's. */
  readonly cluster: string;
  /** In a member: the platform's own place. */
  readonly host?: PlatformContext;
  /** The other clusters of this platform. */
  readonly members: Members;
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
  readonly keys: KeyRing;
  /** What the cluster says of clients, providers, limits: asked anew for each use. */
  readonly config: Configuration;
  readonly door: Door;
  readonly external: ExternalLogins;
  readonly basic: BasicLogins;
  readonly live: LiveRequests;
  /** The only way to an address that a user had a say in. */
  readonly egress: Egress;
  /** Where the cluster reaches the platform's webhooks, where it does. */
  readonly admission?: Admission;
  /** Where the audit lies; in the cluster unless given. */
  readonly auditStorage?: AuditStorage;
  /** Asked when the platform ends, after its signal: what is still to be written. */
  readonly closing: (() => Promise<void>)[];
  /** Where what is to be recorded is told. */
  readonly happenings: Happenings;
  /** The features that are on. */
  readonly features: readonly FeatureManifest[];
  /** Where figures go. */
  readonly metrics: PlatformMetrics;
  /** Which of them are switched off while the platform runs. */
  readonly switches: Switches;
  /** By route id; whole as soon as the platform serves. */
  readonly served: ReadonlyMap<string, Served>;
  /** The files of the web console, where this platform has one. */
  readonly console?: ConsoleAssets;
}

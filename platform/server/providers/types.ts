/** What a provider of identities is to the platform, whatever it speaks. */
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import type { Fields } from '../config/document.ts';
import type { Egress } from '../egress/egress.ts';

/** What a provider says of somebody. Nobody is found by his address: providers let people write what they like. */
export interface Identity {
  /** Never given to somebody else, as far as the provider can tell. */
  readonly uid: string;
  readonly username: string;
  /** Only what the provider has verified. */
  readonly email?: string;
}

/** Of one log-in by redirection. */
export interface Journey {
  readonly state: string;
  readonly nonce: string;
  /** PKCE: the secret, and its SHA-256. */
  readonly verifier: string;
  readonly challenge: string;
  /** Where the browser comes back to. */
  readonly redirectUri: string;
}

export interface RedirectProvider {
  readonly kind: 'redirect';
  /** Where to send the browser. */
  begin(journey: Journey): Promise<string>;
  /** Who came back. Rejects with {@link notVouched}, or an EgressError. */
  finish(query: URLSearchParams, journey: Journey): Promise<Identity>;
}

export interface PasswordProvider {
  readonly kind: 'password';
  /** Undefined for a wrong name or password. Rejects when the provider cannot be asked. */
  authenticate(username: string, password: string): Promise<Identity | undefined>;
}

export type Provider = RedirectProvider | PasswordProvider;

export interface ProviderParts {
  readonly egress: Egress;
  readonly clock: Clock;
}

/** @throws TypeError that names the option that is missing. */
export type ProviderFactory = (options: Fields, parts: ProviderParts) => Provider;

/** What the provider said, and why it was not believed, is for nobody to read. */
export const notVouched = (): StatusError =>
  new StatusError(401, 'Unauthorized', 'the provider does not say who you are');

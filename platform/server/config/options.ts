/** What KubeSphere's `kubesphere.yaml` says of logging in, over what the platform was started with. */
import { parseDuration } from '@orrery/machinery/duration';
import { countAt, fieldsAt, flagAt, textAt, textsAt, type Fields } from './document.ts';

export interface LoginOptions {
  /** So many failures within the window close a door. */
  readonly triesMax: number;
  readonly windowSeconds: number;
  /** Records of log-ins are kept so long, and so many for each account. */
  readonly recordsKeptSeconds: number;
  readonly recordsMax: number;
  /** Without it a log-in ends what the account has open elsewhere. */
  readonly multipleLogin: boolean;
  /** At most 7200. */
  readonly accessTokenSeconds: number;
  /** How long a session lives without being used. */
  readonly idleSeconds: number;
  /** Networks of proxies in front, whose word is taken for where a request comes from. */
  readonly trustedProxies: readonly string[];
}

export const longestTokenSeconds = 7200;

function secondsAt(fields: Fields, name: string): number | undefined {
  const text = textAt(fields, name);
  if (text === undefined) return undefined;
  try {
    const seconds = Math.floor(parseDuration(text) / 1000);
    return seconds > 0 ? seconds : undefined;
  } catch {
    return undefined;
  }
}

/** `file` is the whole of `kubesphere.yaml`; 3.x has its options under `oauthOptions`, 4.x under `issuer`. */
export function readOptions(file: Fields, base: LoginOptions): LoginOptions {
  const given = fieldsAt(file, 'authentication');
  const [old, issuer] = [fieldsAt(given, 'oauthOptions'), fieldsAt(given, 'issuer')];
  const age = secondsAt(issuer, 'accessTokenMaxAge') ?? secondsAt(old, 'accessTokenMaxAge') ?? base.accessTokenSeconds;
  const idle = secondsAt(issuer, 'accessTokenInactivityTimeout') ?? secondsAt(old, 'accessTokenInactivityTimeout');
  const tries = countAt(given, 'authenticateRateLimiterMaxTries');
  const records = countAt(given, 'loginHistoryMaximumEntries');
  const proxies = textsAt(given, 'trustedProxies');
  return {
    triesMax: tries ? tries : base.triesMax,
    windowSeconds: secondsAt(given, 'authenticateRateLimiterDuration') ?? base.windowSeconds,
    recordsKeptSeconds: secondsAt(given, 'loginHistoryRetentionPeriod') ?? base.recordsKeptSeconds,
    // Fewer than are counted would open the door again.
    recordsMax: Math.max(records ? records : base.recordsMax, tries ?? 0),
    multipleLogin: flagAt(given, 'multipleLogin') ?? base.multipleLogin,
    accessTokenSeconds: Math.min(age, longestTokenSeconds),
    idleSeconds: idle ?? base.idleSeconds,
    trustedProxies: proxies.length > 0 ? proxies : base.trustedProxies,
  };
}

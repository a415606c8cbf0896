/** Upstream's metrics of who asked and whether they might (apiserver `endpoints/filters/metrics`). */
import type { UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Counter, Metrics } from './registry.ts';

const durationBounds = Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power);

/** Names that are shown; everybody else is one series, so that users make none at will. */
const shownNames = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

const shownName = (name: string): string => (shownNames.has(name) ? name : name.includes('@') ? 'email_id' : 'other');

export type AuthenticationResult = 'success' | 'failure' | 'error';
export type AuthorizationResult = 'allowed' | 'denied' | 'no-opinion' | 'error';

/** Each begins to take the time, and tells the end of it. */
export interface IdentityMetrics {
  authentication(): (result: AuthenticationResult, user?: UserInfo) => void;
  authorization(): (result: AuthorizationResult) => void;
}

export function createIdentityMetrics(metrics: Metrics, clock: Clock): IdentityMetrics {
  const each = (name: string, help: string, label: string): ((value: string) => Counter) => {
    const family = metrics.counters(name, help);
    const known = new Map<string, Counter>();
    return value => {
      let counter = known.get(value);
      if (!counter) known.set(value, (counter = family({ [label]: value })));
      return counter;
    };
  };
  const timed = (name: string, help: string): ((result: string, seconds: number) => void) => {
    const family = metrics.histograms(name, help, durationBounds);
    const known = new Map<string, ReturnType<typeof family>>();
    return (result, seconds) => {
      let histogram = known.get(result);
      if (!histogram) known.set(result, (histogram = family({ result })));
      histogram.observe(seconds);
    };
  };
  const attempts = each('authentication_attempts', 'Counter of authenticated attempts.', 'result');
  const users = each(
    'authenticated_user_requests',
    'Counter of authenticated requests broken out by username.',
    'username',
  );
  const decisions = each(
    'authorization_attempts_total',
    "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
    'result',
  );
  const checked = timed('authentication_duration_seconds', 'Authentication duration in seconds broken out by result.');
  const decided = timed('authorization_duration_seconds', 'Authorization duration in seconds broken out by result.');
  const since = (startMs: number): number => (clock.monotonic() - startMs) / 1000;
  return {
    authentication() {
      const startMs = clock.monotonic();
      return (result, user) => {
        attempts(result).value++;
        if (user) users(shownName(user.name)).value++;
        checked(result, since(startMs));
      };
    },
    authorization() {
      const startMs = clock.monotonic();
      return result => {
        decisions(result).value++;
        decided(result, since(startMs));
      };
    },
  };
}

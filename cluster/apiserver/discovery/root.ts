/** What `/` tells: every path that is somebody's (apiserver `routes/index`). */
import type { HealthChecks } from '../health/checks.ts';
import type { Groups } from './documents.ts';

const always = ['/api', '/apis', '/apis/', '/metrics', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version'];

const below = (path: string, names: Iterable<string>): string[] => [
  path,
  ...Array.from(names, name => `${path}/${name}`),
];

/** The paths in order. `more` are those of parts that are plugged in. */
export function rootPaths(groups: Groups, checks: HealthChecks, more: Iterable<string>): string[] {
  const ofGroups = [...groups].flatMap(([group, { versions }]) =>
    group === '' ? [...versions.keys()].map(version => `/api/${version}`) : below(`/apis/${group}`, versions.keys()),
  );
  const ofChecks = (['healthz', 'livez', 'readyz'] as const).flatMap(kind =>
    below(
      `/${kind}`,
      checks[kind].map(({ name }) => name),
    ),
  );
  return [...new Set([...always, ...ofGroups, ...ofChecks, ...more])].sort();
}

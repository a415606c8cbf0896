/** What every process of Kubernetes tells of itself: its build, and what it uses. */
import type { Clock } from '@orrery/machinery/clock';
import { versionInfo } from '../serve/version.ts';
import type { Metrics } from './registry.ts';

export function showProcess(metrics: Metrics, clock: Clock): void {
  const startedSeconds = clock.now() / 1000 - process.uptime();
  const one = (read: () => number) => () => [[{}, read()]] as const;
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform } = versionInfo;
  const build = {
    ...{ build_date: buildDate, compiler, git_commit: gitCommit, git_tree_state: gitTreeState },
    ...{ git_version: gitVersion, go_version: goVersion, major, minor, platform },
  };
  metrics.gauge(
    'kubernetes_build_info',
    "A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
    () => [[build, 1]],
  );
  metrics.countersReadFrom(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    one(() => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    }),
  );
  metrics.gauge(
    'process_resident_memory_bytes',
    'Resident memory size in bytes.',
    one(() => process.memoryUsage.rss()),
  );
  metrics.gauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    one(() => startedSeconds),
  );
}

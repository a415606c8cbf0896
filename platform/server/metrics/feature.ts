/** Figures of the platform itself, in Prometheus' text form. */
import { textAnswer } from '@orrery/http';
import { metrics as routes } from '@orrery/platform-contract/features';
import type { PlatformContext } from '../context.ts';
import { RawAnswer, handlersFor, type Feature } from '../feature.ts';
import type { Listener } from '../happenings.ts';
import { processFigures } from '../node/process.ts';
import { labelsOf } from './requests.ts';

const manifest = {
  name: 'metrics',
  summary: 'Figures of the platform for Prometheus',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

/** What a scraper expects (Prometheus' text format 0.0.4). */
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export const metrics: Feature = {
  manifest,
  start(context) {
    context.happenings.listen(counting(context));
    return {
      handlers: handlersFor(routes, {
        read: async () => new RawAnswer(textAnswer(200, format(context), { 'content-type': contentType })),
      }),
    };
  },
};

const counting = ({ metrics, clock }: PlatformContext): Listener => ({
  begin(_id, request) {
    const began = clock.monotonic();
    return outcome => {
      const labels = labelsOf(request, outcome);
      if (!labels) return;
      metrics.count('ks_server_request_total', { ...labels, code: String(outcome.response.status) });
      metrics.observe('ks_server_request_duration_seconds', { ...labels }, (clock.monotonic() - began) / 1000);
    };
  },
  tell(happening) {
    if (happening.kind === 'terminal') return metrics.count('orrery_terminal_total', { state: happening.state });
    const result = happening.reason === undefined ? 'success' : 'failure';
    metrics.count('orrery_login_total', { type: happening.type, result });
  },
});

/** Gauges are read when they are asked for. */
function format({ metrics, features, switches, live, settings, clock }: PlatformContext): string {
  const { cpuSeconds, residentBytes, uptimeSeconds } = processFigures();
  metrics.set('kubernetes_build_info', { git_version: settings.version }, 1);
  metrics.set('orrery_live_requests', {}, live.size);
  for (const { name } of features) metrics.set('orrery_feature_on', { name }, switches.isOn(name) ? 1 : 0);
  metrics.set('process_cpu_seconds_total', {}, cpuSeconds);
  metrics.set('process_resident_memory_bytes', {}, residentBytes);
  metrics.set('process_start_time_seconds', {}, Math.round(clock.now() / 1000 - uptimeSeconds));
  return metrics.format();
}

/** One template rendered alone, for tests. */
import { seededRandom } from '@orrery/machinery/random';
import type { RenderLimits } from '../types.ts';
import { chartOf } from '../chart/chart.ts';
import { renderRelease } from '../render/render.ts';

export const noon = Date.UTC(2024, 4, 17, 12, 30, 15);

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Files by name, as a folder of a chart holds them. */
export const folder = (files: Readonly<Record<string, string>>): Map<string, Uint8Array> =>
  new Map(Object.entries(files).map(([name, text]) => [name, bytes(text)]));

export interface TextOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly limits?: Partial<RenderLimits>;
  readonly lookup?: (apiVersion: string, kind: string, namespace: string, name: string) => Promise<object | undefined>;
}

/** What `NOTES.txt` of a small chart gives: the only template whose output may be any text. */
export async function renderText(template: string, values: object = {}, options: TextOptions = {}): Promise<string> {
  const chart = chartOf(
    folder({
      'Chart.yaml': 'apiVersion: v2\nname: tale\nversion: 1.2.3\nappVersion: "7.1"\n',
      'templates/NOTES.txt': template,
      ...options.files,
    }),
  );
  const { notes } = await renderRelease(chart, {
    name: 'story',
    namespace: 'library',
    revision: 3,
    isUpgrade: true,
    values: { ...values },
    capabilities: { kubeVersion: 'v1.34.2', apiVersions: ['v1', 'apps/v1', 'apps/v1/Deployment'] },
    now: noon,
    random: seededRandom(7),
    pause: () => Promise.resolve(),
    ...(options.limits && { limits: options.limits }),
    ...(options.lookup && { lookup: options.lookup }),
  });
  return notes;
}

/** The Helm engine, loaded with the first chart: a platform that installs nothing starts without it. */
import type { Chart, Releases } from '@orrery/helm/types';

type Engine = typeof import('@orrery/helm');

/** Rejects with a ChartError for what is no chart. */
export async function readChart(archive: Uint8Array): Promise<Chart> {
  const engine = await import('@orrery/helm');
  return engine.readChart(archive);
}

/** What is in the archive of a chart, by names inside of it. Rejects with a ChartError. */
export async function readFiles(archive: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const engine = await import('@orrery/helm');
  return engine.filesOfArchive(archive);
}

export async function releases(...given: Parameters<Engine['releases']>): Promise<Releases> {
  const engine = await import('@orrery/helm');
  return engine.releases(...given);
}

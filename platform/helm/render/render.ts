/** A chart with values, as the objects it stands for. */
import { systemClock } from '@orrery/machinery/clock';
import { coalesce, copied } from '../chart/coalesce.ts';
import { activate, type ActiveChart } from '../chart/dependencies.ts';
import { schemaProblems } from '../chart/schema.ts';
import { ChartError } from '../errors.ts';
import { isInRange } from '../functions/semver.ts';
import type { CallContext } from '../template/function.ts';
import { Meter } from '../template/meter.ts';
import { kindOf, plainOf, valueOf, type Value, type ValueMap } from '../template/values.ts';
import type { Chart, Rendered, RenderedManifest, RenderOptions } from '../types.ts';
import { renderTemplates } from './engine.ts';
import { joinDocuments, objectOf, sortManifests, splitDocuments } from './manifests.ts';
import { capabilitiesObject } from './objects.ts';

/** Lines for all charts whose schema the values do not fit. */
function problemsOf(chart: ActiveChart, values: ValueMap, count: (steps: number) => void): string[] {
  const { schema } = chart.chart;
  const own = schema ? schemaProblems(schema, plainOf(values, count)) : [];
  const lines = own.length > 0 ? [`${chart.name}:`, ...own.map(problem => `- ${problem}`)] : [];
  return lines.concat(
    chart.dependencies.flatMap(each => {
      const inner = values.get(each.name);
      return inner instanceof Map ? problemsOf(each, inner, count) : [];
    }),
  );
}

function checkSchema(chart: ActiveChart, values: ValueMap, count: (steps: number) => void): void {
  const lines = problemsOf(chart, values, count);
  if (lines.length === 0) return;
  throw new ChartError(
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${lines.join('\n')}\n`,
  );
}

function checkVersion({ metadata }: Chart, kubeVersion: string): void {
  const { kubeVersion: range } = metadata;
  if (range && !isInRange(range, kubeVersion)) {
    throw new ChartError(`chart requires kubeVersion: ${range} which is incompatible with Kubernetes ${kubeVersion}`);
  }
}

function crdsOf(chart: ActiveChart, prefix = ''): RenderedManifest[] {
  const own = chart.chart.crds.flatMap(({ name, data }) => {
    const path = `${prefix}${chart.name}/${name}`;
    return splitDocuments(Buffer.from(data).toString()).flatMap(content => {
      const object = objectOf(content, path);
      return object ? [{ path, content, object }] : [];
    });
  });
  return [...own, ...chart.dependencies.flatMap(each => crdsOf(each, `${prefix}${chart.name}/charts/`))];
}

/** The objects under crds/ of a chart and of what is on of it, for these values. @throws ChartError */
export function crdsFor(chart: Chart, values: unknown): RenderedManifest[] {
  return crdsOf(activate(chart, valueOf(values) as ValueMap));
}

const notesEnd = 'NOTES.txt';

function sharedOf({ name, namespace, revision, isUpgrade, capabilities }: RenderOptions): ValueMap {
  const release: [string, Value][] = [
    ['Name', name],
    ['Namespace', namespace],
    ['IsUpgrade', isUpgrade],
    ['IsInstall', !isUpgrade],
    ['Revision', BigInt(revision)],
    ['Service', 'Helm'],
  ];
  return new Map<string, Value>([
    ['Release', new Map(release)],
    ['Capabilities', capabilitiesObject(capabilities)],
  ]);
}

/**
 * Renders a chart: its dependencies by condition and tags, its values beneath those given, held against the schemas.
 * @throws ChartError when chart and values do not fit
 * @throws RenderError for what goes wrong in a template, in Helm's words, or costs too much
 */
export async function renderRelease(chart: Chart, options: RenderOptions): Promise<Rendered> {
  const { values, capabilities, lookup, now, random, limits, signal } = options;
  const pause = options.pause ?? (() => systemClock.sleep(0));
  if (chart.metadata.type === 'library') throw new ChartError('library charts are not installable');
  const meter = new Meter(limits);
  const given = valueOf(values);
  if (!(given instanceof Map)) throw new ChartError(`values must be a map, not a ${kindOf(given)}`);
  const active = activate(chart, given);
  const merged = coalesce(active, copied(given));
  checkSchema(active, merged, meter.count);
  checkVersion(chart, capabilities.kubeVersion);
  const context: CallContext = { meter, count: meter.count, random, now };
  const files = await renderTemplates({
    chart: active,
    values: merged,
    shared: sharedOf(options),
    context,
    lookup,
    pause,
    signal,
  });
  const notes = files.get(`${active.name}/templates/${notesEnd}`) ?? '';
  const objects = new Map([...files].filter(([path]) => !path.endsWith(notesEnd)));
  const { hooks, documents } = await sortManifests(objects, pause);
  return {
    manifests: documents.flatMap(({ path, content, object }) => (object ? [{ path, content, object }] : [])),
    manifest: joinDocuments(documents),
    hooks,
    notes,
    crds: crdsOf(active),
  };
}

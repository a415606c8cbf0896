/** Templates of a chart and its dependencies, rendered as Helm's engine does. */
import { posix } from 'node:path';
import type { ActiveChart } from '../chart/dependencies.ts';
import { RenderError } from '../errors.ts';
import { functions } from '../functions/index.ts';
import { drive } from '../template/drive.ts';
import { executeTemplate, noValue, type Scope, type TemplateSet } from '../template/execute.ts';
import { fn, type CallContext, type TemplateFunction, type Work } from '../template/function.ts';
import { isEmpty, parseTemplates } from '../template/parser.ts';
import { quoteText } from '../template/quote.ts';
import { compareTexts, ValueError, valueOf, type Value, type ValueMap } from '../template/values.ts';
import type { Lookup } from '../types.ts';
import { ChartObject, FilesObject } from './objects.ts';

/** Marks what `fail` and `required` say, which is told without the chain of templates around it. */
const [saidFrom, saidTo] = ['HELM_ERR_START', 'HELM_ERR_END'];

const withoutNoValue = (text: string): string => text.replaceAll(noValue, '');

/** Go keeps what a name has unless the new body says something. */
function add(set: TemplateSet, templates: ReturnType<typeof parseTemplates>): void {
  for (const template of templates) {
    if (!set.has(template.name) || !isEmpty(template.body)) set.set(template.name, template);
  }
}

const ownNames = new Set(['include', 'tpl', 'lookup', 'required', 'fail']);
const isFunction = (name: string): boolean => ownNames.has(name) || functions.has(name);

function* include(scope: Scope, name: string, data: Value): Work<Value> {
  return yield* executeTemplate(scope, name, data);
}

function* evaluate(scope: Scope, source: string, data: Value, lookup: Lookup | undefined): Work<Value> {
  const { context } = scope;
  context.count(source.length / 16 + scope.templates.size / 16);
  const templates: TemplateSet = new Map(scope.templates);
  try {
    add(templates, parseTemplates('gotpl', source, isFunction));
  } catch (error) {
    if (error instanceof RenderError)
      throw new ValueError(`cannot parse template ${quoteText(source)}: ${error.message}`);
    throw error;
  }
  try {
    const inner: Scope = scopeOf(templates, context, lookup);
    if (!templates.has('gotpl')) return '';
    return withoutNoValue(yield* executeTemplate(inner, 'gotpl', data));
  } catch (error) {
    if (!(error instanceof RenderError) || !error.message.startsWith('template: ')) throw error;
    throw new ValueError(`error during tpl function execution for ${quoteText(source)}: ${error.message}`);
  }
}

async function look(lookup: Lookup | undefined, args: readonly Value[], { meter }: CallContext): Promise<Value> {
  meter.look();
  const [apiVersion, kind, namespace, name] = args as [string, string, string, string];
  try {
    const found = await lookup?.(apiVersion, kind, namespace, name);
    return found === undefined ? new Map() : valueOf(found);
  } catch (error) {
    throw new ValueError((error as Error).message);
  }
}

function refuse(message: string): never {
  throw new ValueError(saidFrom + message + saidTo);
}

function scopeOf(templates: TemplateSet, context: CallContext, lookup: Lookup | undefined): Scope {
  const own: Readonly<Record<string, TemplateFunction>> = {
    include: fn('string, any', ([name, data]) => include(scope, name as string, data!)),
    tpl: fn('string, any', ([source, data]) => evaluate(scope, source as string, data!, lookup)),
    lookup: fn('string, string, string, string', (args, context) => look(lookup, args, context)),
    required: fn('string, any', ([message, value]) =>
      value === null || value === '' ? refuse(message as string) : value!,
    ),
    fail: fn('string', ([message]) => refuse(message as string)),
  };
  const all: Scope['functions'] = { get: name => (Object.hasOwn(own, name) ? own[name] : functions.get(name)) };
  const scope: Scope = { templates, functions: all, context };
  return scope;
}

interface Renderable {
  readonly path: string;
  readonly source: string;
  readonly basePath: string;
  readonly data: ValueMap;
}

const isLibrary = ({ metadata }: ActiveChart): boolean => metadata.type?.toLowerCase() === 'library';

/** The templates of a chart and its dependencies, each with what it sees. */
function collect(chart: ActiveChart, prefix: string, shared: ValueMap, values: Value, into: Renderable[]): ValueMap {
  const subcharts: ValueMap = new Map();
  const data: ValueMap = new Map<string, Value>([
    ...shared,
    ['Chart', new ChartObject(chart.metadata, prefix === '')],
    ['Files', FilesObject.of(chart.chart.files)],
    ['Values', values instanceof Map ? values : new Map<string, Value>()],
    ['Subcharts', subcharts],
  ]);
  const place = prefix + chart.name;
  for (const child of chart.dependencies) {
    const own = values instanceof Map ? (values.get(child.name) ?? null) : null;
    subcharts.set(child.name, collect(child, `${place}/charts/`, shared, own, into));
  }
  for (const { name, data: bytes } of chart.chart.templates) {
    if (isLibrary(chart) && !posix.basename(name).startsWith('_')) continue;
    into.push({
      path: `${place}/${name}`,
      source: Buffer.from(bytes)
        .toString()
        .replace(/^\ufeff/, ''),
      basePath: `${place}/templates`,
      data,
    });
  }
  return data;
}

const depthOf = (path: string): number => path.split('/').length;

/** Deep ones first, so that what a chart defines takes the place of what its dependencies do. */
const parseOrder = (a: Renderable, b: Renderable): number =>
  depthOf(b.path) - depthOf(a.path) || compareTexts(b.path, a.path);

/** A complaint of the parser, as Helm tells it. */
function parseComplaint(path: string, error: RenderError): RenderError {
  const parts = error.message.split(': ');
  return new RenderError(
    parts.length === 1 ? `parse error in (${path}): ${error.message}` : `parse error at (${parts[1]}): ${parts.at(-1)}`,
  );
}

/** A complaint while executing, as Helm tells it. */
function executionComplaint(error: RenderError): RenderError {
  const { message } = error;
  const [from, to] = [message.indexOf(saidFrom), message.lastIndexOf(saidTo)];
  if (from < 0 || to < 0) return error;
  const place = message.split(': ')[1] ?? '';
  return new RenderError(`execution error at (${place}): ${message.slice(from + saidFrom.length, to)}`);
}

function* renderAll(renderables: readonly Renderable[], scope: Scope): Work<Map<string, string>> {
  const { meter } = scope.context;
  for (const { path, source } of renderables) {
    meter.reserve(source.length);
    meter.count(source.length / 8);
    if (meter.isDue()) yield undefined;
    try {
      add(scope.templates, parseTemplates(path, source, isFunction));
    } catch (error) {
      throw error instanceof RenderError ? parseComplaint(path, error) : error;
    }
  }
  const rendered = new Map<string, string>();
  for (const { path, basePath, data } of renderables) {
    if (posix.basename(path).startsWith('_')) continue;
    data.set(
      'Template',
      new Map([
        ['Name', path],
        ['BasePath', basePath],
      ]),
    );
    // A file without anything but definitions and space may have given its name to nothing.
    try {
      rendered.set(path, scope.templates.has(path) ? withoutNoValue(yield* executeTemplate(scope, path, data)) : '');
    } catch (error) {
      throw error instanceof RenderError ? executionComplaint(error) : error;
    }
  }
  return rendered;
}

export interface EngineInput {
  readonly chart: ActiveChart;
  readonly values: ValueMap;
  /** `.Release`, `.Capabilities`. */
  readonly shared: ValueMap;
  readonly context: CallContext;
  readonly lookup: Lookup | undefined;
  readonly pause: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** The text of each template by its path. @throws RenderError */
export async function renderTemplates({
  chart,
  values,
  shared,
  context,
  lookup,
  pause,
  signal,
}: EngineInput): Promise<Map<string, string>> {
  const renderables: Renderable[] = [];
  collect(chart, '', shared, values, renderables);
  renderables.sort(parseOrder);
  try {
    return await drive(renderAll(renderables, scopeOf(new Map(), context, lookup)), pause, signal);
  } catch (error) {
    if (error instanceof RangeError) throw new RenderError('the templates are nested too deeply');
    throw error instanceof ValueError ? new RenderError(error.message) : error;
  }
}

/** Reading what a request says by the route's schemas. */
import { header, type Request } from '@orrery/http';
import { StatusError, badRequest } from '@orrery/machinery/status';
import { problemsOf, type AnyRoute, type JsonSchema, type Schema } from '@orrery/platform-contract';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws StatusError 400 that names every field in the wrong. */
export function readQuery(route: AnyRoute, search: URLSearchParams): Record<string, unknown> {
  const schema = (route.query as Schema<unknown> | undefined)?.json;
  if (!schema) return {};
  const values: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const given = search.get(name);
    const value = given !== null && isList(schema) ? asListed(name, given) : given;
    if (value !== null && value !== '') values[name] = typed(member, value);
  }
  refuse(problemsOf(schema, values, 'query'));
  return values;
}

const isList = ({ properties = {} }: JsonSchema): boolean => 'page' in properties && 'limit' in properties;

/** KubeSphere's clients ask for everything with `limit=-1`: what says no page, number or order counts as not said. */
function asListed(name: string, value: string): string {
  if (name === 'limit') return /^\d{1,15}$/.test(value) ? value : '';
  if (name === 'page') return /^0*[1-9]\d{0,14}$/.test(value) ? value : '';
  if (name === 'ascending') return /^(1|t|true)$/i.test(value) ? 'true' : '';
  return value;
}

function typed(schema: JsonSchema, value: string): unknown {
  if (schema.type === 'integer') return /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

/** @throws StatusError 400, 413 or 415. */
export function readContent(route: AnyRoute, request: Request): unknown {
  const schema = (route.body as Schema<unknown> | undefined)?.json;
  if (!schema) return undefined;
  // A deletion may say nothing more.
  if (request.body.length === 0 && route.method === 'DELETE') return {};
  const value = route.form ? formOf(request) : jsonOf(request, route.method === 'PATCH' ? patchTypes : jsonTypes);
  refuse(problemsOf(schema, value));
  return value;
}

const bytesMax = 3 * 1024 * 1024;

const jsonTypes = ['application/json'];
/** KubeSphere's clients say either. */
const patchTypes = ['application/merge-patch+json', 'application/json'];

function textOf(request: Request, media: readonly string[]): string {
  const type = header(request.headers, 'content-type')?.split(';')[0]!.trim().toLowerCase() ?? '';
  if (!media.includes(type))
    throw new StatusError(415, 'UnsupportedMediaType', `the body must be ${media.join(' or ')}`);
  if (request.body.length > bytesMax)
    throw new StatusError(413, 'RequestEntityTooLarge', `the body is larger than ${bytesMax} bytes`);
  try {
    return decoder.decode(request.body);
  } catch {
    throw badRequest('the body is not UTF-8');
  }
}

function jsonOf(request: Request, media: readonly string[]): unknown {
  const text = textOf(request, media);
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('the body is not JSON');
  }
}

/** @throws StatusError 400 also for a field that stands twice: which one counts would be a matter of taste (RFC 6749 3.2). */
function formOf(request: Request): unknown {
  const entries = [...new URLSearchParams(textOf(request, ['application/x-www-form-urlencoded']))];
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw badRequest(`body.${twice} is given twice`);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw badRequest(problems.slice(0, 10).join('; '));
}

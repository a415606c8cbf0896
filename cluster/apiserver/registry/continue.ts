/** The token that says where the next page begins: opaque to clients, read in the words of apiserver's `storage.DecodeContinue`. */
import { jsonProblem } from '@orrery/machinery/json-problem';
import { badRequest } from '@orrery/machinery/status';
import type { StatusError } from '@orrery/machinery/status';

export interface Continue {
  /** The revision all pages are read at; -1 for the newest. */
  readonly revision: number;
  /** The last key of the page before, below the listed prefix. */
  readonly start: string;
}

const version = 'meta.k8s.io/v1';

export const encodeContinue = ({ revision, start }: Continue): string =>
  Buffer.from(JSON.stringify({ v: version, rv: revision, start })).toString('base64url');

const refused = (why: string): StatusError => badRequest(`invalid continue token: continue key is not valid: ${why}`);

/** Where a text stops to be base64; -1 when it does not. */
function brokenAt(text: string): number {
  const stranger = text.search(/[^A-Za-z0-9_-]/);
  if (stranger >= 0) return stranger;
  return text.length % 4 === 1 ? text.length - 1 : -1;
}

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const broken = brokenAt(text);
  if (broken >= 0) throw refused(`illegal base64 data at input byte ${broken}`);
  const bytes = Buffer.from(text, 'base64url');
  let token: unknown;
  try {
    token = JSON.parse(bytes.toString());
  } catch {
    throw refused(jsonProblem(bytes.toString('latin1')));
  }
  if (token === null) return {};
  if (typeof token === 'object' && !Array.isArray(token)) return token;
  throw refused(`json: cannot unmarshal ${typeOf(token)} into Go value of type storage.continueToken`);
}

/** @throws StatusError 400 */
export function decodeContinue(text: string): Continue {
  const { v = '', rv = 0, start = '' } = parse(text);
  const wrong = (name: string, value: unknown, type: string): StatusError =>
    refused(`json: cannot unmarshal ${typeOf(value)} into Go struct field continueToken.${name} of type ${type}`);
  if (typeof v !== 'string') throw wrong('v', v, 'string');
  if (typeof rv !== 'number') throw wrong('rv', rv, 'int64');
  if (typeof start !== 'string') throw wrong('start', start, 'string');
  if (v !== version) throw refused(`server does not recognize this encoded version ${v}`);
  if (rv === 0) throw refused(`incorrect encoded start resourceVersion (version ${version})`);
  if (start === '') throw refused(`encoded start key empty (version ${version})`);
  // Keys are compared, never resolved, yet a token must stay below the prefix it was made for.
  const steps = start.replace(/^\//, '').split('/');
  if (steps.some(step => step === '' || step === '.' || step === '..')) throw refused(start);
  return { revision: rv, start };
}

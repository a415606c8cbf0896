/** What an error means for a page: which field is wrong, whether one must log in, what to show. */
import { StatusError } from '@orrery/machinery/status';

export type Refusal = 'log-in' | 'password';

/** Where the user must go before anything else is answered. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof StatusError)) return undefined;
  if (error.code === 401) return 'log-in';
  const first = error.code === 403 && error.details?.causes?.some(cause => cause.reason === 'PasswordChangeRequired');
  return first ? 'password' : undefined;
}

export interface Problem {
  /** `refused`: no right to it. `missing`: not there. `away`: no answer came. */
  readonly kind: 'refused' | 'missing' | 'away' | 'failed';
  readonly message: string;
  readonly code?: number;
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof StatusError)) return { kind: 'away', message: error instanceof Error ? error.message : '' };
  const { code, message } = error;
  const kind = code === 403 ? 'refused' : code === 404 ? 'missing' : code === 502 || code === 503 ? 'away' : 'failed';
  return { kind, message, code };
}

/** Texts for the fields of a form, by the form's own names, and what is left to say about the whole. */
export interface FieldProblems {
  readonly fields: Readonly<Record<string, string>>;
  readonly rest?: string;
}

/**
 * `fields` maps names of the form to paths of the object, e.g. `{ name: 'metadata.name' }`. A cause names its field; messages of the
 * platform begin with it (`password: too short`).
 */
export function fieldProblems(error: unknown, fields: Readonly<Record<string, string>>): FieldProblems {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof StatusError)) return { fields: {}, rest: message };
  const found: Record<string, string> = {};
  const names = Object.entries(fields);
  const nameOf = (path: string) => names.find(([, own]) => path === own || path.startsWith(`${own}.`))?.[0];
  for (const { field, message: text } of error.details?.causes ?? []) {
    const name = field && nameOf(field);
    if (name && text) found[name] ??= text;
  }
  const [, head, tail] = /^(?:body\.)?([\w.]+):? (.+)$/s.exec(message) ?? [];
  const named = head && nameOf(head);
  if (named && tail) found[named] ??= tail;
  // A name that is taken is a matter of the field where it was typed.
  if (error.code === 409 && error.reason === 'AlreadyExists' && 'name' in fields) found['name'] ??= message;
  return Object.keys(found).length > 0 ? { fields: found } : { fields: {}, rest: message };
}

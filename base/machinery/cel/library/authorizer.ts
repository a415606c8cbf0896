/** What the requesting user may do: `authorizer.group('').resource('pods').namespace('x').check('create').allowed()`. */
import { overload } from '../environment.ts';
import type { Library } from '../environment.ts';
import { fail, Opaque } from '../values.ts';
import type { Value } from '../values.ts';
import { validateDns1123Label, validateDns1123Subdomain } from '../../names.ts';

/** What is asked. Without `resource` it is about a path. */
export interface AuthorizationQuestion {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Somebody else than the requesting user. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  /** Why no decision could be made. */
  readonly error?: string;
}

/** Answers at once, or later: then the program is run again when the answer is there (see `Program.runAsync`). */
export type Ask = (question: AuthorizationQuestion) => AuthorizationAnswer | Promise<AuthorizationAnswer>;

/** Interrupts a run until an answer is there. */
export class Waiting {
  readonly answer: Promise<unknown>;
  constructor(answer: Promise<unknown>) {
    this.answer = answer;
  }
}

type Question = Omit<AuthorizationQuestion, 'verb'>;

class Check extends Opaque {
  readonly typeName: string;
  readonly ask: (question: AuthorizationQuestion) => AuthorizationAnswer;
  readonly question: Question;
  constructor(kind: string, ask: Check['ask'], question: Question) {
    super();
    this.typeName = `kubernetes.authorization.${kind}`;
    this.ask = ask;
    this.question = question;
  }
  same(other: Opaque): boolean {
    return other === this;
  }
  with(kind: string, more: Question): Check {
    return new Check(kind, this.ask, { ...this.question, ...more });
  }
}

class Decision extends Opaque {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly answer: AuthorizationAnswer;
  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }
  same(other: Opaque): boolean {
    return other === this;
  }
}

/** Remembers answers, so that a run that was interrupted finds them. */
function remembering(ask: Ask): Check['ask'] {
  const answers = new Map<string, AuthorizationAnswer>();
  return question => {
    const key = JSON.stringify(question);
    const known = answers.get(key);
    if (known) return known;
    const answer = ask(question);
    if (!(answer instanceof Promise)) {
      answers.set(key, answer);
      return answer;
    }
    throw new Waiting(answer.then(settled => void answers.set(key, settled)));
  };
}

/** The variable `authorizer`. */
export const authorizerValue = (ask: Ask): Value => new Check('Authorizer', remembering(ask), {});

/** The variable `authorizer.requestResource`. */
export const resourceCheckValue = (ask: Ask, question: Omit<AuthorizationQuestion, 'verb'>): Value =>
  new Check('ResourceCheck', remembering(ask), question);

const check = (value: Value | undefined): Check => value as Check;
const decide = ([of, verb]: readonly Value[]): Value =>
  new Decision(check(of).ask({ ...check(of).question, verb: verb as string }));

const detail = (name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector') =>
  overload(`resourcecheck_${name}`, `ResourceCheck.${name}(string): ResourceCheck`, ([of, value]) =>
    check(of).with('ResourceCheck', { [name]: value as string }),
  );

const answerOf = (value: Value | undefined): AuthorizationAnswer => (value as Decision).answer;

export const authorizer: Library = [
  overload('authorizer_path', 'Authorizer.path(string): PathCheck', ([of, path]) =>
    (path as string).trim() === ''
      ? fail('path must not be empty')
      : check(of).with('PathCheck', { path: path as string }),
  ),
  overload('authorizer_group', 'Authorizer.group(string): GroupCheck', ([of, group]) =>
    check(of).with('GroupCheck', { group: group as string }),
  ),
  overload(
    'authorizer_serviceaccount',
    'Authorizer.serviceAccount(string, string): Authorizer',
    ([of, namespace, name]) => {
      if (validateDns1123Subdomain(name as string).length > 0) return fail('Invalid service account name');
      if (validateDns1123Label(namespace as string).length > 0) return fail('Invalid service account namespace');
      return check(of).with('Authorizer', { serviceAccount: { namespace: namespace as string, name: name as string } });
    },
  ),
  overload('groupcheck_resource', 'GroupCheck.resource(string): ResourceCheck', ([of, resource]) =>
    (resource as string).trim() === ''
      ? fail('resource must not be empty')
      : check(of).with('ResourceCheck', { resource: resource as string }),
  ),
  detail('subresource'),
  detail('namespace'),
  detail('name'),
  detail('fieldSelector'),
  detail('labelSelector'),
  overload('pathcheck_check', 'PathCheck.check(string): Decision', decide),
  overload('resourcecheck_check', 'ResourceCheck.check(string): Decision', decide),
  overload('decision_allowed', 'Decision.allowed(): bool', ([of]) => answerOf(of).allowed),
  overload('decision_reason', 'Decision.reason(): string', ([of]) => answerOf(of).reason),
  overload('decision_errored', 'Decision.errored(): bool', ([of]) => answerOf(of).error !== undefined),
  overload('decision_error', 'Decision.error(): string', ([of]) => answerOf(of).error ?? ''),
];

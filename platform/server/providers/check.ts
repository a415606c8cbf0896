/** Whether a provider answers as one of its type: asked without anybody's log-in. What it says goes no further than into a code. */
import { FilterParser, InvalidCredentialsError, NoSuchObjectError } from 'ldapts';
import { StatusError } from '@orrery/machinery/status';
import type { AnswerOf } from '@orrery/platform-contract';
import type { providers as routes } from '@orrery/platform-contract/features';
import { fieldsOf, textAt, type Fields } from '../config/document.ts';
import { EgressError, type Egress } from '../egress/egress.ts';
import { casAnswers } from './cas.ts';
import { askForToken, type OAuthParty } from './exchange.ts';
import { readDirectory, withDirectory } from './ldap.ts';
import { partyOf, type Dialect } from './oauth2.ts';
import { discover } from './oidc.ts';

export type CheckAnswer = AnswerOf<typeof routes.test>;
type Problem = NonNullable<CheckAnswer['problem']>;

/** Resolves when the provider answers as it should; `redirectUri` is the way back that it knows. Rejects with {@link CheckFailed}. */
export type Check = (options: Fields, egress: Egress, redirectUri: string) => Promise<void>;

export class CheckFailed extends Error {
  readonly problem: Problem;
  readonly field: string;
  constructor(problem: Problem, field: string) {
    super(problem);
    this.problem = problem;
    this.field = field;
  }
}

/** Whatever fails that is not told apart is a matter of `place`, the option that says where the provider is. */
async function asked<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CheckFailed) throw error;
    const answered = error instanceof StatusError && !(error instanceof EgressError);
    throw new CheckFailed(answered ? 'answer' : 'unreachable', place);
  }
}

/** The manager gets in, and there is somebody to find. */
export const checkDirectory: Check = (options, egress) => {
  const directory = readDirectory(options);
  const { managerDn, managerPassword, base, filter, loginAttribute } = directory;
  return asked('host', () =>
    withDirectory(egress, directory, async client => {
      await client.bind(managerDn, managerPassword).catch((error: unknown) => {
        throw error instanceof InvalidCredentialsError ? new CheckFailed('credentials', 'managerPassword') : error;
      });
      const anybody = FilterParser.parseString(`(${loginAttribute}=*)`);
      const found = await client
        .search(base, { scope: 'sub', filter: filter ?? anybody, attributes: [loginAttribute], sizeLimit: 1 })
        .catch((error: unknown) => {
          throw error instanceof NoSuchObjectError ? new CheckFailed('base', 'userSearchBase') : error;
        });
      if (found.searchEntries.length === 0)
        throw new CheckFailed('nobody', filter ? 'userSearchFilter' : 'userSearchBase');
    }),
  );
};

/** No provider gave this code away. */
const madeUp = { code: 'connection-test', verifier: 'connection-test-connection-test-connection-test' };
const wrongClient = new Set(['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']);

async function checkParty(egress: Egress, party: OAuthParty, place: string, redirectUri: string): Promise<void> {
  const { status, body } = await asked(place, () => askForToken(egress, party, { ...madeUp, redirectUri }));
  const error = textAt(answerIn(body), 'error');
  if (status === 401 || (error !== undefined && wrongClient.has(error)))
    throw new CheckFailed('credentials', 'clientSecret');
  if (error === undefined) throw new CheckFailed('answer', place);
}

function answerIn(body: Uint8Array): Fields {
  try {
    return fieldsOf(JSON.parse(new TextDecoder().decode(body))) ?? {};
  } catch {
    return {};
  }
}

/** The token endpoint knows the program, and not the code. */
export const checkOAuth =
  (dialect: Dialect): Check =>
  (options, egress, redirectUri) =>
    checkParty(egress, partyOf(dialect, options), 'endpoint.tokenURL', redirectUri);

/** It is the issuer that it is taken for, and its token endpoint knows the program. */
export const checkOpenId: Check = async (options, egress, redirectUri) => {
  const { party } = await asked('issuer', () => discover(egress, textAt(options, 'issuer') ?? '', options));
  await checkParty(egress, party, 'issuer', redirectUri);
};

/** It refuses a ticket that it never gave, in its own words. */
export const checkCas: Check = async (options, egress, redirectUri) => {
  if (!(await asked('casServerURL', () => casAnswers(options, egress, redirectUri))))
    throw new CheckFailed('answer', 'casServerURL');
};

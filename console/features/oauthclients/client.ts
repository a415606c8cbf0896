/** Programs as the page shows and changes them (pure). */
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { oauthclients } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds/names';
import type { Question } from '../../data/questions.ts';

export type Client = AnswerOf<typeof oauthclients.list>['clients'][number];
export type ClientChange = BodyOf<typeof oauthclients.change>;

export const grantMethods = ['prompt', 'auto', 'deny'] as const;
export const scopes = ['openid', 'profile', 'email', 'groups', 'offline_access'] as const;

/** A form holds texts alone: addresses are lines, scopes stand with blanks between them. */
export type ClientForm = Readonly<Record<keyof typeof emptyForm, string>>;
export const emptyForm = {
  name: '',
  public: '',
  trusted: '',
  grantMethod: 'prompt',
  redirectURIs: '',
  postLogoutRedirectURIs: '',
  scopeRestrictions: '',
  accessTokenMaxAgeSeconds: '',
  accessTokenInactivityTimeoutSeconds: '',
};

/** Where the platform's complaints about a field are to be shown. */
export const clientFields: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(emptyForm).map(name => [name, name]),
);

const minutesOf = (seconds: number): string => (seconds === 0 ? '' : String(seconds / 60));

export const formOf = (client: Client): ClientForm => ({
  name: client.name,
  public: client.hasSecret ? '' : 'true',
  trusted: client.trusted ? 'true' : '',
  grantMethod: client.grantMethod,
  redirectURIs: client.redirectURIs.join('\n'),
  postLogoutRedirectURIs: client.postLogoutRedirectURIs.join('\n'),
  scopeRestrictions: client.scopeRestrictions.join(' '),
  accessTokenMaxAgeSeconds: minutesOf(client.accessTokenMaxAgeSeconds),
  accessTokenInactivityTimeoutSeconds: minutesOf(client.accessTokenInactivityTimeoutSeconds),
});

const wordsIn = (text: string): string[] => text.split(/\s+/).filter(word => word !== '');
/** Nothing is the platform's own. What is no number is told by the platform to be too little. */
const secondsOf = (minutes: string): number =>
  minutes.trim() === '' ? 0 : Math.round((Number.parseFloat(minutes) || 1 / 60) * 60);

/** What is different from before. */
export function changeIn(form: ClientForm, before: ClientForm = emptyForm): ClientChange {
  const differs = (name: keyof ClientForm): boolean => form[name] !== before[name];
  const method = grantMethods.find(known => known === form.grantMethod);
  return {
    ...(method && differs('grantMethod') && { grantMethod: method }),
    ...(differs('trusted') && { trusted: form.trusted === 'true' }),
    ...(differs('redirectURIs') && { redirectURIs: wordsIn(form.redirectURIs) }),
    ...(differs('postLogoutRedirectURIs') && { postLogoutRedirectURIs: wordsIn(form.postLogoutRedirectURIs) }),
    ...(differs('scopeRestrictions') && { scopeRestrictions: wordsIn(form.scopeRestrictions) }),
    ...(differs('accessTokenMaxAgeSeconds') && { accessTokenMaxAgeSeconds: secondsOf(form.accessTokenMaxAgeSeconds) }),
    ...(differs('accessTokenInactivityTimeoutSeconds') && {
      accessTokenInactivityTimeoutSeconds: secondsOf(form.accessTokenInactivityTimeoutSeconds),
    }),
  };
}

/** Takes a scope in or out. */
export function withScope(text: string, scope: string, isIn: boolean): string {
  const others = wordsIn(text).filter(known => known !== scope);
  return [...others, ...(isIn ? [scope] : [])].join(' ');
}
export const hasScope = (text: string, scope: string): boolean => wordsIn(text).includes(scope);

/** What a program is described by stands in a Secret: it is for who may write there. */
export const describing = (verb: 'create' | 'update' | 'delete'): Question => ({
  verb,
  resource: 'secrets',
  namespace: systemNamespace,
});

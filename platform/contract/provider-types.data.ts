/** What each type of identity provider is told, under KubeSphere's names: one table for the check of a description and for its form. */

/** `milliseconds` is a whole number, `certificate` PEM that goes over the wire as Base64, `list` texts. */
export type OptionForm = 'text' | 'url' | 'secret' | 'flag' | 'list' | 'milliseconds' | 'certificate';

export interface ProviderOption {
  /** With a dot where it is a part of another one. */
  readonly name: string;
  readonly form: OptionForm;
  readonly required?: true;
  /** Says where the provider is: secrets are kept for this place alone. */
  readonly place?: true;
  /** What holds when nothing is said. */
  readonly usual?: string;
}

export interface ProviderType {
  readonly type: string;
  /** A proper name, in all languages. */
  readonly title: string;
  readonly kind: 'password' | 'redirect';
  readonly options: readonly ProviderOption[];
}

const text = (name: string, more: Partial<ProviderOption> = {}): ProviderOption => ({ name, form: 'text', ...more });
const required = { required: true } as const;
const place = { form: 'url', place: true } as const;

const client = [text('clientID', required), text('clientSecret', { form: 'secret', required: true })];
const trust = [text('insecureSkipVerify', { form: 'flag' }), text('rootCAData', { form: 'certificate' })];
const endpoint = (more: Partial<ProviderOption>, usual: readonly [string?, string?, string?] = []) =>
  ['authURL', 'tokenURL', 'userInfoURL'].map((name, index) =>
    text(`endpoint.${name}`, { ...place, ...more, ...(usual[index] && { usual: usual[index] }) }),
  );
const back = text('redirectURL', { form: 'url' });
const scopes = (usual?: string) => text('scopes', { form: 'list', ...(usual && { usual }) });
const who = (uid: string, name: string, email = 'email') => [
  text('uidKey', { usual: uid }),
  text('preferredUsernameKey', { usual: name }),
  text('emailKey', { usual: email }),
];

export const providerTypes: readonly ProviderType[] = [
  {
    type: 'LDAPIdentityProvider',
    title: 'LDAP',
    kind: 'password',
    options: [
      text('host', { required: true, place: true, usual: 'ldaps://ldap.example.com:636' }),
      text('managerDN', { required: true, usual: 'cn=reader,dc=example,dc=com' }),
      text('managerPassword', { form: 'secret', required: true }),
      text('userSearchBase', { required: true, usual: 'ou=people,dc=example,dc=com' }),
      text('userSearchFilter', { usual: '(objectClass=inetOrgPerson)' }),
      text('loginAttribute', { required: true, usual: 'uid' }),
      text('mailAttribute', { usual: 'mail' }),
      text('startTLS', { form: 'flag' }),
      ...trust,
      text('readTimeout', { form: 'milliseconds', usual: '15000' }),
    ],
  },
  {
    type: 'OIDCIdentityProvider',
    title: 'OpenID Connect',
    kind: 'redirect',
    options: [
      text('issuer', { ...place, required: true, usual: 'https://login.example.com' }),
      text('clientID', required),
      text('clientSecret', { form: 'secret' }),
      scopes('openid, profile, email'),
      text('getUserInfo', { form: 'flag' }),
      ...who('sub', 'preferred_username'),
      back,
      ...trust,
    ],
  },
  {
    type: 'GitHubIdentityProvider',
    title: 'GitHub',
    kind: 'redirect',
    options: [
      ...client,
      scopes(),
      ...endpoint({}, [
        'https://github.com/login/oauth/authorize',
        'https://github.com/login/oauth/access_token',
        'https://api.github.com/user',
      ]),
      ...who('id', 'login'),
      back,
      ...trust,
    ],
  },
  {
    type: 'GitlabIdentityProvider',
    title: 'GitLab',
    kind: 'redirect',
    options: [
      ...client,
      scopes('read_user'),
      ...endpoint({}, [
        'https://gitlab.com/oauth/authorize',
        'https://gitlab.com/oauth/token',
        'https://gitlab.com/api/v4/user',
      ]),
      ...who('id', 'username'),
      back,
      ...trust,
    ],
  },
  {
    type: 'CASIdentityProvider',
    title: 'CAS',
    kind: 'redirect',
    options: [
      text('casServerURL', { ...place, required: true, usual: 'https://cas.example.com/cas' }),
      back,
      ...trust,
    ],
  },
  {
    type: 'AliyunIDaaSProvider',
    title: 'Aliyun IDaaS',
    kind: 'redirect',
    options: [...client, ...endpoint(required), scopes(), ...who('sub', 'username'), back, ...trust],
  },
  {
    type: 'OAuth2IdentityProvider',
    title: 'OAuth 2.0',
    kind: 'redirect',
    options: [
      ...client,
      ...endpoint(required),
      scopes(),
      ...who('sub', 'preferred_username'),
      text('authStyle', { usual: 'params' }),
      back,
      ...trust,
    ],
  },
];

const byType = new Map(providerTypes.map(type => [type.type, type]));

/** Also by GitLab's second spelling. */
export const providerTypeOf = (type: string): ProviderType | undefined =>
  byType.get(type === 'GitLabIdentityProvider' ? 'GitlabIdentityProvider' : type);

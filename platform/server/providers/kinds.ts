/** Which types of providers there are, under KubeSphere's names. */
import { checkCas, checkDirectory, checkOAuth, checkOpenId, type Check } from './check.ts';
import { casProvider } from './cas.ts';
import { ldapProvider } from './ldap.ts';
import { aliyun, generic, github, gitlab, oauth2Provider, type Dialect } from './oauth2.ts';
import { oidcProvider } from './oidc.ts';
import type { Provider, ProviderFactory } from './types.ts';

interface ProviderKind {
  readonly kind: Provider['kind'];
  readonly create: ProviderFactory;
  readonly check: Check;
}

const redirect = (create: ProviderFactory, check: Check): ProviderKind => ({ kind: 'redirect', create, check });
const oauth = (dialect: Dialect): ProviderKind => redirect(oauth2Provider(dialect), checkOAuth(dialect));

export const providerKinds: ReadonlyMap<string, ProviderKind> = new Map([
  ['LDAPIdentityProvider', { kind: 'password', create: ldapProvider, check: checkDirectory }],
  ['OIDCIdentityProvider', redirect(oidcProvider, checkOpenId)],
  ['GitHubIdentityProvider', oauth(github)],
  ['GitlabIdentityProvider', oauth(gitlab)],
  ['GitLabIdentityProvider', oauth(gitlab)],
  ['CASIdentityProvider', redirect(casProvider, checkCas)],
  ['AliyunIDaaSProvider', oauth(aliyun)],
  ['OAuth2IdentityProvider', oauth(generic)],
]);

/** Which types of providers there are, under KubeSphere's names. */
import { casProvider } from './cas.ts';
import { ldapProvider } from './ldap.ts';
import { aliyun, generic, github, gitlab, oauth2Provider } from './oauth2.ts';
import { oidcProvider } from './oidc.ts';
import type { Provider, ProviderFactory } from './types.ts';

interface ProviderKind {
  readonly kind: Provider['kind'];
  readonly create: ProviderFactory;
}

const redirect = (create: ProviderFactory): ProviderKind => ({ kind: 'redirect', create });

export const providerKinds: ReadonlyMap<string, ProviderKind> = new Map([
  ['LDAPIdentityProvider', { kind: 'password', create: ldapProvider }],
  ['OIDCIdentityProvider', redirect(oidcProvider)],
  ['GitHubIdentityProvider', redirect(oauth2Provider(github))],
  ['GitlabIdentityProvider', redirect(oauth2Provider(gitlab))],
  ['GitLabIdentityProvider', redirect(oauth2Provider(gitlab))],
  ['CASIdentityProvider', redirect(casProvider)],
  ['AliyunIDaaSProvider', redirect(oauth2Provider(aliyun))],
  ['OAuth2IdentityProvider', redirect(oauth2Provider(generic))],
]);

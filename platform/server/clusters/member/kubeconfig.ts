/**
 * What a kubeconfig that somebody brings says of a cluster, as far as it is taken: one server by HTTPS, and credentials that stand in it. Whatever
 * would read a file, run a program or believe any server on this machine is refused in one sentence.
 */
import { StatusError } from '@orrery/machinery/status';
import { parse, stringify } from 'yaml';
import { parseUrl } from '../../egress/url.ts';
import { certificateEndMs } from '../../node/certificates.ts';

/** How a cluster is reached, and who the platform is there. */
export interface MemberAccess {
  readonly server: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly basic?: { readonly username: string; readonly password: string };
  /** When the client certificate ends, where there is one. */
  readonly endsMs?: number;
}

type Fields = Readonly<Record<string, unknown>>;

const bytesMax = 256 * 1024;

export const invalidKubeconfig = (why: string): StatusError =>
  new StatusError(422, 'Invalid', `the kubeconfig is not taken: ${why}`, {
    causes: [{ field: 'spec.connection.kubeconfig', message: why }],
  });

/** What would act on the platform's machine, or open more than the one door. */
const refusedOfClusters: Readonly<Record<string, string>> = {
  'certificate-authority':
    'it names a file (certificate-authority); put the certificate into certificate-authority-data',
  'insecure-skip-tls-verify':
    'it believes any server (insecure-skip-tls-verify); give certificate-authority-data instead',
  'proxy-url': 'it names a proxy (proxy-url), which is not supported',
};
const refusedOfUsers: Readonly<Record<string, string>> = {
  exec: 'it would run a program (exec); give a token or a certificate instead',
  'auth-provider': 'it needs a plug-in (auth-provider); give a token or a certificate instead',
  tokenFile: 'it names a file (tokenFile); put the token into it',
  'client-certificate': 'it names a file (client-certificate); put it into client-certificate-data',
  'client-key': 'it names a file (client-key); put it into client-key-data',
  as: 'it acts as somebody else (as); the platform does so by itself',
  'as-uid': 'it acts as somebody else (as-uid); the platform does so by itself',
  'as-groups': 'it acts as somebody else (as-groups); the platform does so by itself',
  'as-user-extra': 'it acts as somebody else (as-user-extra); the platform does so by itself',
};

/** The text itself, or KubeSphere's form of it: base64. @throws StatusError 422. */
export function kubeconfigText(given: string): string {
  if (given.length > bytesMax * 1.5) throw invalidKubeconfig(`it is larger than ${bytesMax} bytes`);
  // Base64 has no colon, and no kubeconfig is without one.
  if (given.includes(':')) return given;
  try {
    const bytes = Uint8Array.from(atob(given.replaceAll(/\s/g, '')), letter => letter.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidKubeconfig('it is neither YAML nor base64 of it');
  }
}

export const encodedKubeconfig = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The current context of it. @throws StatusError 422 with what is not taken. */
export function readKubeconfig(given: string): MemberAccess {
  const { cluster, user } = currentOf(parsed(kubeconfigText(given)));
  refuse(cluster, refusedOfClusters);
  refuse(user, refusedOfUsers);
  const server = text(cluster, 'server') ?? '';
  let url: URL;
  try {
    url = parseUrl(server);
  } catch (error) {
    throw invalidKubeconfig(`server: ${(error as Error).message}`);
  }
  if (url.protocol !== 'https:') throw invalidKubeconfig('the server is not reached by https://');
  if (url.search !== '' || url.hash !== '') throw invalidKubeconfig('the address of the server has a query');
  const [ca, serverName] = [decoded(cluster, 'certificate-authority-data'), text(cluster, 'tls-server-name')];
  const [cert, key, token] = [
    decoded(user, 'client-certificate-data'),
    decoded(user, 'client-key-data'),
    text(user, 'token'),
  ];
  const [username, password] = [text(user, 'username'), text(user, 'password')];
  if (!token && !(cert && key) && username === undefined)
    throw invalidKubeconfig('its user has no token and no client certificate with its key');
  const endsMs = cert === undefined ? undefined : endOf(cert);
  return {
    server: url.href.replace(/\/+$/, ''),
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { serverName }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...(token !== undefined && { token }),
    ...(!token && !cert && username !== undefined && { basic: { username, password: password ?? '' } }),
    ...(endsMs !== undefined && { endsMs }),
  };
}

/** Only what is used of it: no other contexts and no other credentials are kept. @throws StatusError 422. */
export function smallestKubeconfig(given: string): string {
  const { cluster, user } = currentOf(parsed(kubeconfigText(given)));
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster }],
      users: [{ name: 'user', user }],
      contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
      'current-context': 'context',
    },
    { lineWidth: 0 },
  );
}

function parsed(yaml: string): Fields {
  try {
    return fields(parse(yaml, { maxAliasCount: 16 }));
  } catch {
    throw invalidKubeconfig('it is no YAML');
  }
}

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const text = (from: Fields, name: string): string | undefined => {
  const value = Object.hasOwn(from, name) ? from[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function named(config: Fields, list: string, member: string, name: string | undefined): Fields {
  const entries = Array.isArray(config[list]) ? (config[list] as unknown[]).map(fields) : [];
  const found = entries.find(entry => entry['name'] === name);
  if (name === undefined || !found) throw invalidKubeconfig(`it has no ${member} ${JSON.stringify(name ?? '')}`);
  return fields(found[member]);
}

function currentOf(config: Fields): { cluster: Fields; user: Fields } {
  const current = text(config, 'current-context');
  if (current === undefined) throw invalidKubeconfig('it has no current-context');
  const context = named(config, 'contexts', 'context', current);
  return {
    cluster: named(config, 'clusters', 'cluster', text(context, 'cluster')),
    user: named(config, 'users', 'user', text(context, 'user')),
  };
}

function refuse(from: Fields, reasons: Readonly<Record<string, string>>): void {
  for (const [name, why] of Object.entries(reasons)) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (value !== undefined && value !== null && value !== '' && value !== false) throw invalidKubeconfig(why);
  }
}

function decoded(from: Fields, name: string): string | undefined {
  const value = text(from, name);
  if (value === undefined) return undefined;
  try {
    return atob(value.replaceAll(/\s/g, ''));
  } catch {
    throw invalidKubeconfig(`${name} is not base64`);
  }
}

function endOf(pem: string): number {
  const endsMs = certificateEndMs(pem);
  if (endsMs === undefined) throw invalidKubeconfig('client-certificate-data is no certificate');
  return endsMs;
}

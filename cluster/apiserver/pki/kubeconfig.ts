/** Writes kubeconfig files with everything embedded, so that one file is all a client needs. */
import type { Pair } from './issue.ts';

export interface KubeconfigOptions {
  /** E.g. `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  /** A client certificate, or a bearer token. */
  readonly credentials: Pair | { readonly token: string };
  readonly cluster?: string;
  readonly user?: string;
  readonly context?: string;
  readonly namespace?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
// JSON strings are YAML: nothing in a name can break out of its place.
const quoted = (text: string): string => JSON.stringify(text);

/** The text of the file. It holds a secret: write it with `writeSecret`. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { server, authority, credentials, cluster = 'orrery', user = 'orrery-admin', namespace } = options;
  const { context = cluster } = options;
  const secret =
    'token' in credentials
      ? [`    token: ${quoted(credentials.token)}`]
      : [
          `    client-certificate-data: ${base64(credentials.certificate)}`,
          `    client-key-data: ${base64(credentials.key)}`,
        ];
  return [
    'apiVersion: v1',
    'kind: Config',
    'preferences: {}',
    'clusters:',
    `- name: ${quoted(cluster)}`,
    '  cluster:',
    `    server: ${quoted(server)}`,
    `    certificate-authority-data: ${base64(authority)}`,
    'users:',
    `- name: ${quoted(user)}`,
    '  user:',
    ...secret,
    'contexts:',
    `- name: ${quoted(context)}`,
    '  context:',
    `    cluster: ${quoted(cluster)}`,
    `    user: ${quoted(user)}`,
    ...(namespace ? [`    namespace: ${quoted(namespace)}`] : []),
    `current-context: ${quoted(context)}`,
    '',
  ].join('\n');
}

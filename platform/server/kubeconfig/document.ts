/** What stands in a kubeconfig. Pure. */
import { stringify } from 'yaml';

export interface Access {
  readonly user: string;
  readonly token: string;
  /** In the order of contexts; the first is the current one. */
  readonly clusters: readonly string[];
  /** Where the platform answers. */
  readonly server: string;
  /** Certificates in PEM by which it is known; those of the machine unless given. */
  readonly certificateAuthority?: string;
}

/** One context for each cluster, `<user>@<cluster>`; all of them lead through the platform. */
export function kubeconfigOf({ user, token, clusters, server, certificateAuthority }: Access): string {
  const base = server.replace(/\/+$/, '');
  const contextOf = (cluster: string) => `${user}@${cluster}`;
  const trust = certificateAuthority && { 'certificate-authority-data': base64(certificateAuthority) };
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: clusters.map(name => ({ name, cluster: { server: `${base}/clusters/${name}`, ...trust } })),
      users: [{ name: user, user: { token } }],
      contexts: clusters.map(cluster => ({ name: contextOf(cluster), context: { cluster, user } })),
      ...(clusters[0] !== undefined && { 'current-context': contextOf(clusters[0]) }),
    },
    { lineWidth: 0 },
  );
}

/** An address that means another machine to whoever reads it in a pod. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

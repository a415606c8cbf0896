/** Which certificates a cluster has: names, subjects and uses, as kubeadm lays them out. Pure. */

export type AuthorityName = 'ca' | 'front-proxy-ca';

/** A certificate as it should be. */
export interface CertificateWish {
  /** The stem of its files: `<name>.crt` and `<name>.key`. */
  readonly name: string;
  readonly authority: AuthorityName;
  /** The user name of a client certificate. */
  readonly commonName: string;
  /** The groups of a client certificate. */
  readonly organizations: readonly string[];
  readonly usages: readonly ('clientAuth' | 'serverAuth')[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

export interface ServingNames {
  /** The first service address per family: how pods reach the API. */
  readonly serviceAddresses: readonly string[];
  /** Host names and addresses of this machine, and what `--tls-san` adds: names and addresses mixed. */
  readonly names: readonly string[];
  /** `cluster.local` unless said otherwise. */
  readonly clusterDomain?: string;
}

const isAddress = (name: string): boolean => /^[\d.]+$/.test(name) || name.includes(':');
const unique = (values: readonly string[]): string[] => [...new Set(values)].filter(Boolean);

const client = (name: string, commonName: string, organizations: readonly string[] = []): CertificateWish => ({
  name,
  authority: 'ca',
  commonName,
  organizations,
  usages: ['clientAuth'],
  dnsNames: [],
  addresses: [],
});

/** The API server's serving certificate. */
export function servingCertificate({
  serviceAddresses,
  names,
  clusterDomain = 'cluster.local',
}: ServingNames): CertificateWish {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${clusterDomain}`,
  ];
  return {
    ...client('apiserver', 'kube-apiserver'),
    usages: ['serverAuth'],
    dnsNames: unique([
      'localhost',
      ...service,
      ...names.filter(name => !isAddress(name)).map(name => name.toLowerCase()),
    ]),
    addresses: unique(['127.0.0.1', '::1', ...serviceAddresses, ...names.filter(isAddress)]),
  };
}

/** What the API server shows to kubelets. */
export const kubeletClientCertificate = client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', [
  'system:masters',
]);
/** What the API server shows to extension API servers when it speaks for users. */
export const frontProxyCertificate: CertificateWish = {
  ...client('front-proxy-client', 'front-proxy-client'),
  authority: 'front-proxy-ca',
};
/** The first administrator. */
export const adminCertificate = client('admin', 'kubernetes-admin', ['system:masters']);

/** Control-plane components that run in a process of their own. */
export const componentCertificates = {
  'controller-manager': client('controller-manager', 'system:kube-controller-manager'),
  scheduler: client('scheduler', 'system:kube-scheduler'),
  proxy: client('proxy', 'system:kube-proxy'),
} as const;

/** A node's two certificates: as a client of the API, and as the server that logs and exec are asked of. */
export function nodeCertificates(
  node: string,
  names: readonly string[],
): { client: CertificateWish; serving: CertificateWish } {
  const base = client(`node-${node}`, `system:node:${node}`, ['system:nodes']);
  return {
    client: base,
    serving: {
      ...base,
      name: `node-${node}-serving`,
      usages: ['serverAuth'],
      dnsNames: unique([node, ...names.filter(name => !isAddress(name))]),
      addresses: unique(names.filter(isAddress)),
    },
  };
}

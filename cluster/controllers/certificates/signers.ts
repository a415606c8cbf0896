/** What the built-in signers sign, and what not (upstream `pkg/apis/certificates/helpers` and `pkg/controller/certificates`). Pure. */
import type { CertificateSigningRequest } from '@orrery/kinds/types';

/** What a request says of its future holder. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
}

type Spec = CertificateSigningRequest['spec'];

const nodes = 'system:nodes';
const nodePrefix = 'system:node:';

/** What is wrong with a request by the rules of a signer, in upstream's words. */
type Rule = (facts: RequestFacts, spec: Spec) => string | undefined;

const isAllowed = (usages: readonly string[], required: readonly string[], optional: readonly string[]): boolean =>
  required.every(usage => usages.includes(usage)) &&
  usages.every(usage => required.includes(usage) || optional.includes(usage));

const isNodesAlone = ({ organizations }: RequestFacts): boolean =>
  organizations.length === 1 && organizations[0] === nodes;

export const kubeletClient: Rule = (facts, { usages = [] }) => {
  if (!isNodesAlone(facts)) return 'subject organization is not system:nodes';
  if (facts.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.addresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!facts.commonName.startsWith(nodePrefix)) return 'subject common name does not begin with system:node:';
  if (!isAllowed(usages, ['digital signature', 'client auth'], ['key encipherment']))
    return 'usages did not match expected usages for this signer';
  return undefined;
};

export const kubeletServing: Rule = (facts, { usages = [] }) => {
  if (!isNodesAlone(facts)) return 'subject organization is not system:nodes';
  if (facts.dnsNames.length === 0 && facts.addresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (facts.emails.length > 0) return 'Email subjectAltNames are not allowed';
  if (facts.uris.length > 0) return 'URI subjectAltNames are not allowed';
  if (!isAllowed(usages, ['digital signature', 'server auth'], ['key encipherment']))
    return 'usages did not match expected usages for this signer';
  if (!facts.commonName.startsWith(nodePrefix)) return 'subject common name does not begin with system:node:';
  return undefined;
};

const apiClient: Rule = (_facts, { usages = [] }) =>
  isAllowed(usages, ['client auth'], ['digital signature', 'key encipherment'])
    ? undefined
    : 'usages did not match expected usages for this signer';

/** The signers of this controller, with their rules. */
export const signers: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['kubernetes.io/kube-apiserver-client', apiClient],
  ['kubernetes.io/kube-apiserver-client-kubelet', kubeletClient],
  ['kubernetes.io/kubelet-serving', kubeletServing],
  ['kubernetes.io/legacy-unknown', () => undefined],
]);

export const isApproved = ({ status }: CertificateSigningRequest): boolean => {
  const types = status?.conditions?.map(({ type }) => type) ?? [];
  return types.includes('Approved') && !types.includes('Denied');
};

export const hasCondition = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status?.conditions?.some(condition => condition.type === type) ?? false;

const dayMs = 24 * 3600_000;
const longestMs = 365 * dayMs;
const shortestMs = 600_000;

/** As long as was asked for, within ten minutes and a year. */
export const lifetimeOf = ({ expirationSeconds }: Spec): number =>
  expirationSeconds === undefined ? longestMs : Math.min(longestMs, Math.max(shortestMs, expirationSeconds * 1000));

/** Who may have a kubelet's client certificate without a person's approval, by the right that is asked for. */
export interface Recognition {
  /** A subresource of certificatesigningrequests. */
  readonly right: 'selfnodeclient' | 'nodeclient';
  readonly message: string;
}

export function recognize(facts: RequestFacts, spec: Spec): readonly Recognition[] {
  if (spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet' || kubeletClient(facts, spec)) return [];
  const anyNode = {
    right: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  } as const;
  const itself = {
    right: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  } as const;
  return spec.username === facts.commonName ? [itself, anyNode] : [anyNode];
}

const hourMs = 3600_000;

/** Whether a request is of no more use. `certificateEnds` and `now` are in milliseconds since the epoch. */
export function isOver(
  request: CertificateSigningRequest,
  now: number,
  certificateEnds: (pem: string) => number,
): boolean {
  const { metadata, status } = request;
  const { certificate, conditions = [] } = status ?? {};
  if (certificate && certificateEnds(Buffer.from(certificate, 'base64').toString()) < now) return true;
  const since = (type: string): number => {
    const found = conditions.find(condition => condition.type === type);
    return found ? now - Date.parse(found.lastUpdateTime ?? metadata.creationTimestamp!) : -1;
  };
  if (['Approved', 'Denied', 'Failed'].some(type => since(type) > hourMs)) return true;
  return conditions.length === 0 && now - Date.parse(metadata.creationTimestamp!) > dayMs;
}

/**
 * Which certificates of nodes need no person: those of a machine that joins with a bootstrap token, and those that a node serves with.
 * Upstream approves the first for any name, also one that is taken, and never the second. Pure.
 */
import type { CertificateSigningRequest, Node } from '@orrery/kinds/types';
import { kubeletClient, kubeletServing, type RequestFacts } from './signers.ts';

type Spec = CertificateSigningRequest['spec'];

/** The group of tokens that machines join with; upstream's rules know nothing of it, so that ours alone decide. */
export const joinGroup = 'system:bootstrappers:orrery:nodes';

const bootstrapPrefix = 'system:bootstrap:';
const nodePrefix = 'system:node:';

export interface Surroundings {
  readonly nodes: readonly Node[];
  /** Names and addresses of the API server: who holds a certificate of these could pass for it. */
  readonly apiNames: readonly string[];
  /** The request that was approved for a name whose node is not there yet. */
  readonly promised: (nodeName: string) => string | undefined;
}

/** What to do with a request; undefined for what is not ours to decide, or not yet. */
export type Verdict =
  | { readonly type: 'Approved'; readonly message: string }
  | { readonly type: 'Denied'; readonly message: string }
  | undefined;

const denied = (message: string): Verdict => ({ type: 'Denied', message });

const dnsName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/** Whether a request is of a machine that joins. */
export const asksToJoin = ({ signerName, username = '', groups = [] }: Spec): boolean =>
  signerName === 'kubernetes.io/kube-apiserver-client-kubelet' &&
  username.startsWith(bootstrapPrefix) &&
  groups.includes(joinGroup);

/** Whether a request is of a node that wants to serve. */
export const asksToServe = ({ signerName, username = '', groups = [] }: Spec): boolean =>
  signerName === 'kubernetes.io/kubelet-serving' && username.startsWith(nodePrefix) && groups.includes('system:nodes');

/** The node that a request is about; the empty name for none. */
export const nodeNameOf = ({ commonName }: RequestFacts): string =>
  commonName.startsWith(nodePrefix) ? commonName.slice(nodePrefix.length) : '';

/** A name is given once: who holds a token may add a node, and take over none. */
export function judgeJoin(name: string, facts: RequestFacts, spec: Spec, around: Surroundings): Verdict {
  const problem = kubeletClient(facts, spec);
  if (problem !== undefined) return denied(problem);
  const node = nodeNameOf(facts);
  if (!dnsName.test(node) || node.length > 253) return denied(`"${node}" is no name of a node`);
  if (around.apiNames.includes(node))
    return denied(`"${node}" is a name of the API server: choose another with --node-name`);
  if (around.nodes.some(({ metadata }) => metadata.name === node))
    return denied(
      `node "${node}" is there already: choose another name with --node-name, or if this machine is to take its place remove it first with "kubectl delete node ${node}"`,
    );
  const other = around.promised(node);
  if (other !== undefined && other !== name)
    return denied(
      `another machine is joining as "${node}": choose another name with --node-name, or if it was this one remove its request with "kubectl delete csr ${other}"`,
    );
  return { type: 'Approved', message: 'Approved for a node that is new, as a bootstrap token permits.' };
}

const addressesOf = ({ status }: Node): string[] =>
  (status?.addresses ?? []).filter(({ type }) => type !== 'Hostname').map(({ address }) => address);

/** For the node's own name and addresses only: it waits until the Node tells them. */
export function judgeServing(facts: RequestFacts, spec: Spec, around: Surroundings): Verdict {
  const problem = kubeletServing(facts, spec);
  if (problem !== undefined) return denied(problem);
  if (facts.commonName !== spec.username) return denied(`${spec.username} may not serve as ${facts.commonName}`);
  const name = nodeNameOf(facts);
  const strange = facts.dnsNames.find(each => each !== name);
  if (strange !== undefined) return denied(`"${strange}" is not the name of the node`);
  const own = around.nodes.find(({ metadata }) => metadata.name === name);
  const others = around.nodes.filter(node => node !== own).flatMap(addressesOf);
  const taken = [...facts.dnsNames, ...facts.addresses].find(
    each => around.apiNames.includes(each) || each.startsWith('127.') || each === '::1' || others.includes(each),
  );
  if (taken !== undefined) return denied(`${taken} is an address or name of the API server or of another node`);
  if (!own || !facts.addresses.every(each => addressesOf(own).includes(each))) return undefined;
  return { type: 'Approved', message: 'Approved for the node’s own name and addresses.' };
}

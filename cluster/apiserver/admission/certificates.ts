/** Who may decide on signing requests, who may answer them, and what nobody gets signed. */
import type { CertificateSigningRequest } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { readRequest } from '../pki/request.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer } from '../types.ts';
import { refuse } from './refuse.ts';

type Request = CertificateSigningRequest & KubeObject;

const isRequest = ({ group, resource }: { group: string; resource: string }): boolean =>
  group === 'certificates.k8s.io' && resource === 'certificatesigningrequests';

/** Rights to a signer are given by its name, or for all of its domain: `example.com/*`. */
async function mayActFor(
  authorizer: Authorizer,
  { user }: AdmissionAttributes,
  verb: 'approve' | 'sign',
  signerName: string,
): Promise<boolean> {
  const domain = `${signerName.split('/', 1)[0]}/*`;
  for (const name of [signerName, domain]) {
    const { decision } = await authorizer(user, {
      ...{ verb, isResourceRequest: true, path: '', subresource: '', namespace: '' },
      ...{ apiGroup: 'certificates.k8s.io', apiVersion: '*', resource: 'signers', name },
    });
    if (decision === 'allow') return true;
  }
  return false;
}

export const certificateApproval = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateApproval',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && subresource === 'approval' && isRequest(resource),
  async validate(attributes) {
    const { signerName } = (attributes.oldObject as Request).spec;
    if (!(await mayActFor(authorizer, attributes, 'approve', signerName)))
      throw refuse(attributes, `user not permitted to approve requests with signerName "${signerName}"`);
  },
});

const failure = ({ status }: Request): string =>
  JSON.stringify(status?.conditions?.filter(({ type }) => type === 'Failed') ?? []);

export const certificateSigning = (authorizer: Authorizer): AdmissionPlugin => ({
  name: 'CertificateSigning',
  handles: (operation, resource, subresource) =>
    operation === 'UPDATE' && subresource === 'status' && isRequest(resource),
  async validate(attributes) {
    const [now, old] = [attributes.object as Request, attributes.oldObject as Request];
    // Other changes of the status are anybody's who may write it.
    if (now.status?.certificate === old.status?.certificate && failure(now) === failure(old)) return;
    const { signerName } = old.spec;
    if (!(await mayActFor(authorizer, attributes, 'sign', signerName)))
      throw refuse(attributes, `user not permitted to sign requests with signerName "${signerName}"`);
  },
});

const clientSigner = 'kubernetes.io/kube-apiserver-client';
const almighty = 'system:masters';

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation, resource, subresource) => operation === 'CREATE' && subresource === '' && isRequest(resource),
  async validate(attributes) {
    const { spec } = attributes.object as Request;
    if (spec.signerName !== clientSigner) return;
    const facts = await readRequest(Buffer.from(spec.request, 'base64').toString()).catch((error: Error) => {
      throw refuse(attributes, `unable to parse csr: ${error.message}`);
    });
    if (facts.organizations.includes(almighty))
      throw refuse(attributes, `use of ${clientSigner} signer with ${almighty} group is not allowed`);
  },
};

/** Validation of certificates.k8s.io/v1 (certificates/validation). The request itself is parsed by the signer. */
import { duplicate, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import type { Errors } from '../rules.ts';
import type { CertificateSigningRequest } from '../types.data.ts';

const usages = (
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,' +
  'encipher only,ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,' +
  'server auth,signing,timestamping'
).split(',');

const signerName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+\/[^\s/]+(\/[^\s/]+)*$/;

function validateRequest(errors: Errors, request: string): void {
  const pem = /-----BEGIN ([^-]+)-----/.exec(atob(request));
  if (pem?.[1] !== 'CERTIFICATE REQUEST')
    errors.push(invalid('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
}

export function validateSigningRequest({ spec }: CertificateSigningRequest): FieldError[] {
  const errors: Errors = [];
  validateRequest(errors, spec.request ?? '');
  if (each(spec.usages).length === 0) errors.push(required('spec.usages', 'usages must be provided'));
  const seen = new Set<string>();
  each(spec.usages).forEach((usage, at) => {
    const path = index('spec.usages', at);
    if (!usages.includes(usage)) errors.push(notSupported(path, usage, usages));
    if (seen.has(usage)) errors.push(duplicate(path, usage));
    seen.add(usage);
  });
  if (spec.signerName === 'kubernetes.io/legacy-unknown')
    errors.push(
      invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version'),
    );
  else if (!signerName.test(spec.signerName)) {
    errors.push(
      invalid(
        'spec.signerName',
        spec.signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  }
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600) {
    errors.push(
      invalid(
        'spec.expirationSeconds',
        spec.expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  }
  return errors;
}

/** What was asked for never changes. */
export const validateSigningRequestUpdate = (
  now: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] => (sameJson(now.spec, old.spec) ? [] : [invalid('spec', now.spec, 'field is immutable')]);

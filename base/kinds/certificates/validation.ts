/** Validation of certificates.k8s.io/v1 (certificates/validation). The API server's strategy reads the request itself. */
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  notSupported,
  quote,
  required,
  tooLong,
} from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label, validateDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import type { Errors } from '../rules.ts';
import type { CertificateSigningRequest } from '../types.data.ts';

const usages = (
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,' +
  'encipher only,ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,' +
  'server auth,signing,timestamping'
).split(',');

function validateRequest(errors: Errors, request: string): void {
  const pem = /-----BEGIN ([^-]+)-----/.exec(atob(request));
  if (pem?.[1] !== 'CERTIFICATE REQUEST')
    errors.push(invalid('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST'));
}

const legacy = 'kubernetes.io/legacy-unknown';
const longestSigner = 253 + 1 + 63 + 1 + 253;

/** `domain/path`: a domain of at least two labels and a path of dotted labels (core/validation ValidateSignerName). */
export function signerName(errors: Errors, name: string, path: FieldPath): void {
  if (name === '') return void errors.push(required(path));
  const [domain = '', rest, ...more] = name.split('/');
  if (rest === undefined || more.length > 0) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return void errors.push(invalid(path, name, form));
  }
  if (domain.length > 253) errors.push(tooLong(path, 253));
  const labels = domain.split('.');
  const bad = labels.find(part => validateDns1123Label(part).length > 0);
  for (const problem of bad === undefined ? [] : validateDns1123Label(bad))
    errors.push(invalid(path, domain, `validating label ${quote(bad!)}: ${problem}`));
  if (labels.length < 2)
    errors.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  const wrong = rest.split('.').find(part => validateDns1123Subdomain(part).length > 0);
  for (const problem of wrong === undefined ? [] : validateDns1123Subdomain(wrong))
    errors.push(invalid(path, rest, `validating label ${quote(wrong!)}: ${problem}`));
  if (name.length > longestSigner) errors.push(tooLong(path, longestSigner));
}

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];
const conditionsOf = (request: CertificateSigningRequest | undefined): readonly Condition[] =>
  each(request?.status?.conditions);

const exclusive = 'Approved and Denied conditions are mutually exclusive';

/** Decisions are true, of one kind, and once; what was stored otherwise stays. */
function validateConditions(errors: Errors, now: CertificateSigningRequest, old?: CertificateSigningRequest): void {
  const types = conditionsOf(now).map(({ type }) => type ?? '');
  const before = conditionsOf(old).map(({ type }) => type ?? '');
  const both = before.includes('Approved') && before.includes('Denied');
  const twice = new Set(before).size < before.length;
  conditionsOf(now).forEach(({ type = '', status = '' }, at) => {
    const path = index('status.conditions', at);
    const earlier = types.slice(0, at);
    if (type === '' && !before.includes('')) errors.push(required(child(path, 'type')));
    const words = ['Approved', 'Denied', 'Failed'].includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (status === '') errors.push(required(child(path, 'status')));
    else if (!words.includes(status)) errors.push(notSupported(child(path, 'status'), status, words));
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (!both && opposite && earlier.includes(opposite)) errors.push(invalid(child(path, 'type'), type, exclusive));
    if (!twice && earlier.includes(type)) errors.push(duplicate(child(path, 'type'), type));
  });
}

/** Why it is no list of certificates; undefined when it is one, or empty. */
function certificateProblem(certificate: string): string | undefined {
  if (certificate === '') return undefined;
  const blocks = [...atob(certificate).matchAll(/^-----BEGIN ([^\n]*)-----\s*?\n([\s\S]*?)-----END \1-----/gm)];
  const other = blocks.find(([, type]) => type !== 'CERTIFICATE');
  if (other) return `only CERTIFICATE PEM blocks are allowed, found ${quote(other[1]!)}`;
  if (blocks.some(([, , body]) => body!.includes(':'))) return 'no PEM block headers are permitted';
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}

/** What is stored and wrong stays. */
function validateCertificate(errors: Errors, now: CertificateSigningRequest, old?: CertificateSigningRequest): void {
  const [certificate = '', before = ''] = [now.status?.certificate, old?.status?.certificate];
  if (old && (certificate === before || certificateProblem(before) !== undefined)) return;
  const problem = certificateProblem(certificate);
  if (problem !== undefined) errors.push(invalid('status.certificate', '<certificate data>', problem));
}

function validate(request: CertificateSigningRequest, old?: CertificateSigningRequest): Errors {
  const errors: Errors = [];
  const { spec } = request;
  validateRequest(errors, spec.request ?? '');
  const given = each(spec.usages);
  const known = each(old?.spec.usages);
  if (given.length === 0) errors.push(required('spec.usages'));
  const unknown = known.some(usage => !usages.includes(usage));
  const twice = new Set(known).size < known.length;
  given.forEach((usage, at) => {
    if (!unknown && !usages.includes(usage)) errors.push(notSupported(index('spec.usages', at), usage, usages));
  });
  given.forEach((usage, at) => {
    if (!twice && given.indexOf(usage) < at) errors.push(duplicate(index('spec.usages', at), usage));
  });
  const signer = spec.signerName ?? '';
  if (signer === legacy && old?.spec.signerName !== legacy)
    errors.push(invalid('spec.signerName', signer, 'the legacy signerName is not allowed via this API version'));
  else signerName(errors, signer, 'spec.signerName');
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600) {
    const why = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalid('spec.expirationSeconds', spec.expirationSeconds, why));
  }
  validateConditions(errors, request, old);
  validateCertificate(errors, request, old);
  return errors;
}

export const validateSigningRequest = (request: CertificateSigningRequest): FieldError[] => validate(request);

/** Which of the subresources is written: each may change one thing. */
export type SigningRequestChange = 'object' | 'approval' | 'status';

/** Decisions stay once made, are made by `approval` alone, and a certificate is set once, by `status`. */
export function validateSigningRequestChange(
  now: CertificateSigningRequest,
  old: CertificateSigningRequest,
  change: SigningRequestChange,
): FieldError[] {
  const errors = validate(now, old);
  const path = 'status.conditions';
  const all = (request: CertificateSigningRequest, type: string): Condition[] =>
    conditionsOf(request).filter(condition => condition.type === type);
  for (const type of ['Approved', 'Denied', 'Failed']) {
    if (all(now, type).length < all(old, type).length)
      errors.push(forbidden(path, `updates may not remove a condition of type "${type}"`));
  }
  for (const type of change === 'approval' ? [] : ['Approved', 'Denied']) {
    if (all(now, type).length > all(old, type).length)
      errors.push(forbidden(path, `updates may not add a condition of type "${type}"`));
  }
  const [certificate, before] = [now.status?.certificate, old.status?.certificate];
  if (!sameJson(certificate ?? '', before ?? '')) {
    if (change !== 'status') errors.push(forbidden('status.certificate', 'updates may not set certificate content'));
    else if (before)
      errors.push(forbidden('status.certificate', 'updates may not modify existing certificate content'));
  }
  return errors;
}

export const validateSigningRequestUpdate = (
  now: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] => validateSigningRequestChange(now, old, 'object');

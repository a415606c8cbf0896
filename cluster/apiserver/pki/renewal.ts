/** Whether a certificate still is what it should be, and for how long. Pure. */
import { familyOf, formatAddress, parseAddress } from '../allocators/address.ts';
import type { CertificateWish } from './certificates.ts';

/** What a certificate says. Times are milliseconds since the epoch. */
export interface CertificateFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** Signed by the authority that we have. */
  readonly trusted: boolean;
  /** The key beside it is its key. */
  readonly keyMatches: boolean;
}

const day = 86_400_000;
export const authorityLifetimeMs = 3650 * day;
export const leafLifetimeMs = 365 * day;

/** When a certificate is due: with a quarter of its life left. */
export const dueAt = ({ notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>): number =>
  notAfter - (notAfter - notBefore) / 4;

/** One spelling per address. */
const canonical = (address: string): string => {
  const family = familyOf(address);
  return family ? formatAddress(family, parseAddress(family, address)!) : address;
};

const sameSet = (a: readonly string[], b: readonly string[]): boolean => {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every(value => right.has(value));
};

/** Why a certificate must be issued again; undefined when it need not. */
export function renewal(facts: CertificateFacts, wish: CertificateWish, nowMs: number): string | undefined {
  if (!facts.keyMatches) return 'its key does not belong to it';
  if (!facts.trusted) return 'another authority signed it';
  if (nowMs >= facts.notAfter) return 'it has expired';
  if (nowMs >= dueAt(facts)) return 'it is about to expire';
  if (facts.commonName !== wish.commonName || !sameSet(facts.organizations, wish.organizations))
    return 'its subject changed';
  const names = sameSet(facts.dnsNames, wish.dnsNames);
  return names && sameSet(facts.addresses.map(canonical), wish.addresses.map(canonical))
    ? undefined
    : 'its names changed';
}

/**
 * Front proxies: who shows a certificate of their own authority speaks for the user that the headers name (apiserver `authenticator/request/
 * headerrequest`). The same certificate says nothing about who the proxy itself is, and a client's certificate nothing about headers.
 */
import { X509Certificate } from 'node:crypto';
import type { Connection, Headers, Request, UserInfo } from '@orrery/http';
import { subjectValues } from '../pki/facts.ts';
import { speaksForClients } from './client-certificate.ts';
import { extraOf, valuesOf } from './user-headers.ts';

const userHeader = 'x-remote-user';
const groupHeader = 'x-remote-group';
const uidHeader = 'x-remote-uid';
const extraPrefix = 'x-remote-extra-';

export interface FrontProxyOptions {
  /** PEM; its certificates alone are believed. */
  readonly authority: string;
  /** The common names of proxies. */
  readonly names: readonly string[];
}

/** Whether one of the certificates (PEM) signed this one itself. */
export function issuedBy(authority: string): (certificate: X509Certificate) => boolean {
  let issuers: readonly X509Certificate[] | undefined;
  return certificate => {
    issuers ??= authority
      .split(/(?=-----BEGIN CERTIFICATE-----)/)
      .filter(text => text.includes('BEGIN CERTIFICATE'))
      .map(text => new X509Certificate(text));
    return issuers.some(issuer => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  };
}

/** Whom the headers name; undefined when they name nobody. */
export function namedUser(headers: Headers): UserInfo | undefined {
  const [name] = valuesOf(headers[userHeader]);
  if (name === undefined) return undefined;
  const [uid] = valuesOf(headers[uidHeader]);
  const extra = extraOf(headers, extraPrefix);
  return {
    name,
    groups: valuesOf(headers[groupHeader]),
    ...(uid !== undefined && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

/** The user that a front proxy names; undefined for requests of anybody else. */
export function frontProxyUsers({ authority, names }: FrontProxyOptions): (request: Request) => UserInfo | undefined {
  const isOurs = issuedBy(authority);
  const known = new WeakMap<Connection, boolean>();
  const isProxy = (connection: Connection): boolean => {
    const { clientCertificate: der } = connection;
    if (!der) return false;
    let found = known.get(connection);
    if (found === undefined) {
      const certificate = new X509Certificate(der);
      const [name = ''] = subjectValues(certificate.subject, 'CN');
      found = names.includes(name) && speaksForClients(certificate) && isOurs(certificate);
      known.set(connection, found);
    }
    return found;
  };
  return ({ connection, headers }) => (connection && isProxy(connection) ? namedUser(headers) : undefined);
}

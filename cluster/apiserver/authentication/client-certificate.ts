/** Users by client certificate: the common name is the user, organizations are groups. */
import { X509Certificate, createHash } from 'node:crypto';
import type { Connection, UserInfo } from '@orrery/http';
import { subjectValues } from '../pki/facts.ts';
import { credentialIdKey } from './user.ts';

/** The extended key usage of certificates that clients show. */
const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** The user that a verified certificate (DER) stands for; undefined when it names none. */
export function certificateUser(der: Uint8Array): UserInfo | undefined {
  const { subject, keyUsage } = new X509Certificate(der);
  // A kubelet's serving certificate carries the node's name too; it speaks for nobody. TLS refuses it already.
  if (keyUsage && !keyUsage.includes(clientAuthentication)) return undefined;
  const name = subjectValues(subject, 'CN')[0];
  if (!name) return undefined;
  const fingerprint = createHash('sha256').update(der).digest('hex');
  return { name, groups: subjectValues(subject, 'O'), extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] } };
}

/** Reads a connection's certificate once. It was verified against the client authority when the connection was made. */
export function connectionUsers(): (connection: Connection) => UserInfo | undefined {
  const known = new WeakMap<Connection, { user: UserInfo | undefined }>();
  return connection => {
    if (!connection.clientCertificate) return undefined;
    const found = known.get(connection) ?? { user: certificateUser(connection.clientCertificate) };
    known.set(connection, found);
    return found.user;
  };
}

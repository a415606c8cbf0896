/** Users by client certificate: the common name is the user, organizations are groups. */
import { X509Certificate, createHash } from 'node:crypto';
import type { Connection, UserInfo } from '@orrery/http';
import { subjectValues } from '../pki/facts.ts';
import { credentialIdKey } from './user.ts';

/** The extended key usage of certificates that clients show. */
const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** A kubelet's serving certificate carries the node's name too; it speaks for nobody. TLS refuses it already. */
export const speaksForClients = ({ keyUsage }: X509Certificate): boolean =>
  !keyUsage || keyUsage.includes(clientAuthentication);

/** The user that a verified certificate (DER) stands for; undefined when it names none. */
export function certificateUser(der: Uint8Array): UserInfo | undefined {
  const certificate = new X509Certificate(der);
  if (!speaksForClients(certificate)) return undefined;
  const { subject } = certificate;
  const name = subjectValues(subject, 'CN')[0];
  if (!name) return undefined;
  const fingerprint = createHash('sha256').update(der).digest('hex');
  return { name, groups: subjectValues(subject, 'O'), extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] } };
}

/**
 * Reads a connection's certificate once. It was verified against the authorities of the socket layer when the connection was made.
 * @param isClients told of a certificate: whether the authority of clients signed it, where others may have
 */
export function connectionUsers(
  isClients: (certificate: X509Certificate) => boolean = () => true,
): (connection: Connection) => UserInfo | undefined {
  const known = new WeakMap<Connection, { user: UserInfo | undefined }>();
  return connection => {
    if (!connection.clientCertificate) return undefined;
    const { clientCertificate: der } = connection;
    const found = known.get(connection) ?? {
      user: isClients(new X509Certificate(der)) ? certificateUser(der) : undefined,
    };
    known.set(connection, found);
    return found.user;
  };
}

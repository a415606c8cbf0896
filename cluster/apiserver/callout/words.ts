/** What went wrong with a call, as a Go client words it: users know these sentences. */
import type { WebhookPlace } from './callout.ts';

/** A webhook could not be asked, or did not answer with a review. */
export class CalloutError extends Error {
  override readonly name = 'CalloutError';
  /** The status that stands for it in metrics. */
  readonly code: number;
  /** Nobody was asked: the configuration leads nowhere. */
  readonly isLocal: boolean;

  constructor(message: string, code: number, isLocal = false) {
    super(message);
    this.code = code;
    this.isLocal = isLocal;
  }
}

const byStatus: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'unknown',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'unknown',
  409: 'the server reported a conflict',
  413: 'Request entity is too large: unknown',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** An answer that is no success (client-go `NewGenericServerResponse`). What its body says stays here. */
export function statusWords(status: number): string {
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'an error on the server ("unknown") has prevented the request from succeeding';
  return `the server responded with the status code ${status} but did not return more information`;
}

const untrusted = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

const byCode: Readonly<Record<string, string>> = {
  ECONNRESET: 'EOF',
  EPIPE: 'EOF',
  UND_ERR_SOCKET: 'EOF',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls: first record does not look like a TLS handshake',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls: first record does not look like a TLS handshake',
};

const dialCodes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

const withPort = (host: string, port: string | number): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;

/** A socket's error. */
export function socketWords(error: unknown, { origin, address }: WebhookPlace): string {
  const { code, message, host } = error as { code?: string; message?: string; host?: string };
  const url = new URL(origin);
  const place = address ? withPort(address.host, address.port) : withPort(url.hostname, url.port || 443);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `dial tcp: lookup ${address?.host ?? url.hostname}: no such host`;
  if (code !== undefined && dialCodes[code] !== undefined) return `dial tcp ${place}: ${dialCodes[code]}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${wrongName(error)}${host ?? url.hostname}`;
  if (code !== undefined && byCode[code] !== undefined) return byCode[code];
  return (error as Error).name === 'BrokenStreamError' ? 'unexpected EOF' : (code ?? message ?? String(error));
}

/** `... certificate is valid for a, b, not `. */
function wrongName(error: unknown): string {
  const { cert } = error as { cert?: { subjectaltname?: string } };
  const names = (cert?.subjectaltname ?? '').split(', ').map(name => name.replace(/^(DNS|IP Address):/, ''));
  return `tls: failed to verify certificate: x509: certificate is valid for ${names.join(', ')}, not `;
}

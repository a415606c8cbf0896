/** Names of proxied objects, and what comes back from them. Pure. */
import type { Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';

export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, a port's name, or empty. */
  readonly port: string;
}

/** Takes `name`, `name:port` or `scheme:name:port` apart. @throws StatusError 400. */
export function parseProxyName(text: string): ProxyName {
  const parts = text.split(':');
  if (parts.length === 1) return { scheme: 'http', name: text, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: parts[0]!, port: parts[1]! };
  const [scheme, name, port] = parts;
  if (parts.length !== 3 || (scheme !== 'http' && scheme !== 'https' && scheme !== '')) {
    throw badRequest(`invalid service request ${JSON.stringify(text)}`);
  }
  return { scheme: scheme === 'https' ? 'https' : 'http', name: name!, port: port! };
}

/** A redirect inside the proxied server stays inside the proxy. */
export function redirectedLocation(response: Response, prefix: string): Response {
  const { location } = response.headers;
  if (typeof location !== 'string' || !location.startsWith('/') || location.startsWith('//')) return response;
  return { ...response, headers: { ...response.headers, location: prefix + location } };
}

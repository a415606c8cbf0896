/** Where a part of an extension answers, read from its object. */
import { StatusError } from '@orrery/machinery/status';
import type { Endpoint } from '@orrery/platform-kinds';
import { hostOf, parseUrl, portOf } from '../egress/url.ts';

export interface ServicePlace {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** `service` where it is one of the cluster's own, by whichever way it was named. */
export interface Place {
  /** Scheme, host and port, without a path. */
  readonly origin: string;
  /** What stands before every path; empty or beginning with a slash. */
  readonly prefix: string;
  readonly query: string;
  readonly service?: ServicePlace;
  /** PEM. */
  readonly ca?: string;
  readonly insecure: boolean;
}

const serviceHost = /^([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc(?:\.[-a-z0-9.]+)?$/;

/** @throws StatusError 400 for one that is none. */
export function placeOf({ url, service, caBundle, insecureSkipVerify = false }: Endpoint): Place {
  const trust = { insecure: insecureSkipVerify, ...(caBundle && { ca: readBundle(caBundle) }) };
  if (service) {
    const { namespace, name, port = 443, path = '' } = service;
    if (!namespace || !name) throw new StatusError(400, 'BadRequest', 'the service needs a namespace and a name');
    const { prefix, query } = splitPath(path);
    return {
      origin: `https://${name}.${namespace}.svc:${port}`,
      prefix,
      query,
      service: { namespace, name, port },
      ...trust,
    };
  }
  if (!url) throw new StatusError(400, 'BadRequest', 'it names neither a url nor a service');
  const parsed = parseUrl(url);
  const [, name, namespace] = serviceHost.exec(hostOf(parsed)) ?? [];
  const { prefix, query } = splitPath(`${parsed.pathname}${parsed.search}`);
  return {
    origin: parsed.origin,
    prefix,
    query,
    ...(name && namespace && { service: { namespace, name, port: portOf(parsed) } }),
    ...trust,
  };
}

function splitPath(text: string): { prefix: string; query: string } {
  const [path = '', ...rest] = text.split('?');
  const plain = path.replace(/\/+$/, '');
  return { prefix: plain === '' || plain.startsWith('/') ? plain : `/${plain}`, query: rest.join('?') };
}

const pem = '-----BEGIN';

/** PEM, in base64 or, as some charts have it, in base64 twice. */
function readBundle(text: string): string {
  let known = text;
  for (let round = 0; round < 3 && !known.includes(pem); round++) known = decoded(known);
  if (!known.includes(pem)) throw new StatusError(400, 'BadRequest', 'caBundle holds no certificates in PEM');
  return known;
}

function decoded(text: string): string {
  try {
    return atob(text.replaceAll(/\s/g, ''));
  } catch {
    return '';
  }
}

/** One HTTP request to a container, for probes and hooks (upstream `pkg/probe/http`). */
import http from 'node:http';
import https from 'node:https';
import type { Container, HTTPGetAction, HTTPHeader } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';

export interface HttpOutcome {
  status: number;
  body: string;
  location?: string;
}

const maxBody = 10 * 1024;

/** A port by number, or by its name in the container. Throws when there is none of this name. */
export function portNumber(port: number | string, container: Pick<Container, 'ports'>): number {
  if (typeof port === 'number') return inRange(port);
  const named = container.ports?.find(({ name }) => name === port);
  if (named) return inRange(named.containerPort);
  if (/^\d+$/.test(port)) return inRange(Number(port));
  throw new Error(`couldn't find port: ${port}`);
}

function inRange(port: number): number {
  if (port > 0 && port < 65_536) return port;
  throw new Error(`invalid port number: ${port}`);
}

/** The URL of an action; the pod's address unless a host is named. */
export function urlOf(action: HTTPGetAction, container: Pick<Container, 'ports'>, podIp: string): URL {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || podIp;
  const path = action.path ?? '/';
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return new URL(
    `${scheme}://${bracketed}:${portNumber(action.port, container)}${path.startsWith('/') ? path : `/${path}`}`,
  );
}

/** Sends GET without checking certificates. Rejects with a sentence like Go's when there is no answer in time. */
export function httpGet(
  url: URL,
  headers: readonly HTTPHeader[],
  timeout: number,
  clock: Clock,
  agentName = 'kube-probe/1.34',
): Promise<HttpOutcome> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`Get ${JSON.stringify(url.href)}: ${why}`));
    const send = url.protocol === 'https:' ? https.request : http.request;
    const request = send(url, { headers: headersFor(headers, agentName), rejectUnauthorized: false, agent: false });
    const alarm = clock.after(timeout, () => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      request.destroy();
    });
    request.on('error', error => {
      alarm.cancel();
      fail(dialError(error, hostPort(url)));
    });
    request.on('response', response => {
      let body = '';
      const finish = () => {
        alarm.cancel();
        resolve({
          status: response.statusCode ?? 0,
          body,
          ...(response.headers.location && { location: response.headers.location }),
        });
        request.destroy();
      };
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > maxBody) finish();
      });
      response.on('end', finish);
      response.on('error', error => fail(error.message));
    });
    request.end();
  });
}

const hostPort = (url: URL): string => `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;

function headersFor(given: readonly HTTPHeader[], agentName: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'user-agent': agentName, accept: '*/*', connection: 'close' };
  const seen = new Set<string>();
  for (const { name, value } of given) {
    const key = name.toLowerCase();
    // An empty value takes a default header away.
    if (value === '' && (key === 'user-agent' || key === 'accept')) delete headers[key];
    else if (key === 'host' || !seen.has(key)) headers[key] = value;
    else headers[key] = [headers[key] ?? [], value].flat();
    seen.add(key);
  }
  return headers;
}

const errnoWords: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  ECONNRESET: 'connection reset by peer',
};

/** A connection error in Go's words: what people search for. */
export function dialError(error: Error, address: string): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const words = code && errnoWords[code];
  if (words && syscall === 'connect') return `dial tcp ${address}: connect: ${words}`;
  if (code === 'ECONNRESET') return 'EOF';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`;
  return words ?? error.message;
}

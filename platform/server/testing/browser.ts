/** A browser for tests of log-ins: cookies by host, redirections followed by hand, over the platform in this process and over sockets. */
import { readBody } from '@orrery/http';
import type { TestPlatform } from './platform.ts';

export interface Visit {
  /** Where it ended. */
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Every address on the way. */
  readonly trail: readonly string[];
}

export interface Browser {
  /** Follows redirections until one leads to an address that begins with `until`, which is not asked for. */
  visit(url: string, until?: string): Promise<Visit>;
  /** A request of one of the platform's own pages. */
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Visit>;
  cookie(host: string, name: string): string | undefined;
  set(host: string, name: string, value: string): void;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly setCookies: readonly string[];
  readonly text: string;
}

export function createBrowser(platforms: Readonly<Record<string, TestPlatform>>, from = '198.51.100.9'): Browser {
  const jar = new Map<string, Map<string, string>>();
  const cookiesOf = (host: string) => jar.get(host) ?? jar.set(host, new Map()).get(host)!;
  const ask = async (method: string, url: URL, headers: Record<string, string>, body?: unknown): Promise<Reply> => {
    const cookie = [...cookiesOf(url.host)].map(([name, value]) => `${name}=${value}`).join('; ');
    const all = { ...headers, host: url.host, ...(cookie && { cookie }) };
    const platform = platforms[url.origin];
    const reply = platform
      ? await askPlatform(platform, method, url, all, body, from)
      : await askSocket(method, url, all);
    for (const line of reply.setCookies) {
      const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s);
      if (/max-age=0/i.test(line) || value === '') cookiesOf(url.host).delete(name);
      else cookiesOf(url.host).set(name, value);
    }
    return reply;
  };
  return {
    async visit(first, until) {
      const trail: string[] = [];
      for (let url = new URL(first); ;) {
        trail.push(url.href);
        if (trail.length > 20) throw new Error(`no end of redirections: ${trail.join('\n')}`);
        if (until !== undefined && url.href.startsWith(until))
          return { url: url.href, status: 0, text: '', headers: {}, trail };
        const { status, headers, text } = await ask('GET', url, {});
        if (status < 300 || status >= 400) return { url: url.href, status, text, headers, trail };
        url = new URL(String(headers['location']), url);
      }
    },
    async send(method, path, body, headers = {}) {
      const url = new URL(path, Object.keys(platforms)[0]);
      const reply = await ask(
        method,
        url,
        { origin: url.origin, 'content-type': 'application/json', ...headers },
        body,
      );
      return { ...reply, url: url.href, trail: [] };
    },
    cookie: (host, name) => cookiesOf(host).get(name),
    set: (host, name, value) => void cookiesOf(host).set(name, value),
  };
}

async function askPlatform(
  platform: TestPlatform,
  method: string,
  url: URL,
  headers: Record<string, string>,
  body: unknown,
  from: string,
): Promise<Reply> {
  const response = await platform.ask(method, `${url.pathname}${url.search}`, {
    headers,
    from,
    ...(body !== undefined && { body }),
  });
  const cookies = response.headers['set-cookie'];
  return {
    status: response.status,
    headers: response.headers,
    setCookies: cookies === undefined ? [] : typeof cookies === 'string' ? [cookies] : cookies,
    text: new TextDecoder().decode(await readBody(response.body)),
  };
}

async function askSocket(method: string, url: URL, headers: Record<string, string>): Promise<Reply> {
  const response = await fetch(url, { method, headers, redirect: 'manual' });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    setCookies: response.headers.getSetCookie(),
    text: await response.text(),
  };
}

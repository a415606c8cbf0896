/** Sees what pages ask for and complain of. */
import type { BrowserContext, ConsoleMessage, Page, Request, WebSocket } from 'playwright-core';

export interface Watch {
  /** Every request so far: method and path with query. */
  requests(): readonly string[];
  /** Requests without an answer yet, but for those that stay open: followed logs and watches. */
  underWay(): number;
  /** Errors of scripts, of the network and of the content security policy, each with the page's path. */
  complaints(): readonly string[];
  /** Lists that were asked for, or subscribed to, without a limit. */
  unlimited(): readonly string[];
  /** Everything that was said, for whoever looks for the reason of a failure. */
  log(): readonly string[];
}

interface Seen {
  readonly requests: string[];
  readonly underWay: Set<Request>;
  readonly complaints: string[];
  readonly unlimited: Set<string>;
  /** Puts a line into the log, with the seconds since the context was made. */
  readonly say: (line: string) => void;
}

export async function watchContext(context: BrowserContext): Promise<Watch> {
  const began = Date.now();
  const log: string[] = [];
  const seen: Seen = {
    ...{ requests: [], underWay: new Set(), complaints: [], unlimited: new Set() },
    say: line => void log.push(`${((Date.now() - began) / 1000).toFixed(3)} ${line}`),
  };
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', event => console.error(
      'policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + (event.target.outerHTML ?? '').slice(0, 200)))`,
  );
  context.on('console', message => hear(message, seen));
  context.on('weberror', error => seen.complaints.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  context.on('request', request => begin(request, seen));
  context.on('requestfailed', request => {
    seen.underWay.delete(request);
    seen.say(`failed ${nameOf(request)}: ${request.failure()?.errorText}`);
  });
  context.on('requestfinished', request => void finish(request, seen));
  context.on('page', page => watchSockets(page, seen));
  return {
    requests: () => seen.requests,
    underWay: () => seen.underWay.size,
    complaints: () => seen.complaints,
    unlimited: () => [...seen.unlimited],
    log: () => log,
  };
}

const pathOf = (url: string): string => url.replace(/^\w+:\/\/[^/]+/, '');
const nameOf = (request: Request): string => `${request.method()} ${pathOf(request.url())}`;

function hear(message: ConsoleMessage, { complaints, say }: Seen): void {
  const { url } = message.location();
  const text = `${message.type()}: ${message.text()} (${pathOf(url)})`;
  say(text);
  if (message.type() === 'error' || message.type() === 'assert') complaints.push(text);
}

const staysOpen = /[?&](follow|watch)=(true|1)/;
/** A collection of Kubernetes' own API; what is below `/kapis` is known by its answer. */
const collection = /^(\/clusters\/[^/]+)?\/(api\/v1|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[^/]+$/;

function begin(request: Request, { requests, underWay, unlimited, say }: Seen): void {
  const name = nameOf(request);
  if (!/^https?:/.test(request.url())) return;
  requests.push(name);
  say(name);
  const [path = '', query = ''] = pathOf(request.url()).split('?');
  if (!staysOpen.test(name)) underWay.add(request);
  if (request.method() === 'GET' && collection.test(path) && !hasLimit(query)) unlimited.add(name);
}

async function finish(request: Request, { underWay, unlimited, say }: Seen): Promise<void> {
  underWay.delete(request);
  const response = await request.response().catch(() => null);
  say(`${response?.status()} ${nameOf(request)}`);
  const path = pathOf(request.url());
  if (request.method() !== 'GET' || !/^(\/clusters\/[^/]+)?\/(kapis|apis?)\//.test(path)) return;
  // A page that was left has no answers any more.
  const text = (await response?.text().catch(() => '')) ?? '';
  if (isList(text) && !hasLimit(path.split('?')[1] ?? '')) unlimited.add(nameOf(request));
}

const hasLimit = (query: string): boolean => Number(new URLSearchParams(query).get('limit')) > 0;

function isList(text: string): boolean {
  try {
    return Array.isArray((JSON.parse(text) as { items?: unknown }).items);
  } catch {
    return false;
  }
}

function watchSockets(page: Page, { unlimited, say }: Seen): void {
  page.on('websocket', (socket: WebSocket) => {
    const subscriptions = new Map<string, { route: string; query?: Record<string, string> }>();
    say(`socket ${pathOf(socket.url())}`);
    socket.on('framesent', ({ payload }) => {
      const frame = frameOf(payload);
      if (frame?.op === 'subscribe') subscriptions.set(String(frame['id']), frame as never);
    });
    socket.on('framereceived', ({ payload }) => {
      const frame = frameOf(payload);
      const wanted = subscriptions.get(String(frame?.['id']));
      if (frame?.type === 'page' && !(Number(wanted?.query?.['limit']) > 0))
        unlimited.add(`subscription ${wanted?.route}`);
    });
    socket.on('socketerror', error => say(`socket ${pathOf(socket.url())}: ${error}`));
  });
}

function frameOf(payload: string | Buffer): (Record<string, unknown> & { op?: string; type?: string }) | undefined {
  try {
    return JSON.parse(String(payload)) as never;
  } catch {
    return undefined;
  }
}

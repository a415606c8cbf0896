/** A real server on loopback that answers with what it was asked, as servers of extensions do. */
import { createAuthority } from '@orrery/http/testing/certificates';
import { header, jsonAnswer, textAnswer, type Handler, type Request } from '@orrery/http';
import { acceptWebSocket, asksWebSocket, serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';

export interface Backend {
  readonly url: string;
  readonly port: number;
  /** PEM in base64; only with TLS. */
  readonly caBundle: string;
  readonly seen: Request[];
  /** Asked before the usual answer. */
  answer?: (request: Request) => ReturnType<Handler> | undefined;
  close(): Promise<void>;
}

const textOf = (message: string | Uint8Array): string =>
  typeof message === 'string' ? message : new TextDecoder().decode(message);

/** Says path, method and headers of what it was asked, and echoes over WebSockets. */
export async function startBackend({ tls = false }: { tls?: boolean } = {}): Promise<Backend> {
  const authority = tls ? await createAuthority() : undefined;
  const identity = await authority?.issue('backend');
  const seen: Request[] = [];
  const handler: Handler = async request => {
    seen.push(request);
    const own = backend.answer?.(request);
    if (own) return own;
    if (asksWebSocket(request))
      return acceptWebSocket(request, [], socket =>
        socket.onMessage(message => void socket.send(JSON.stringify({ echo: JSON.parse(textOf(message)) as unknown }))),
      );
    if (request.target === '/moved') return textAnswer(302, '', { location: `${backend.url}/there?a=b` });
    return jsonAnswer(200, {
      method: request.method,
      target: request.target,
      user: header(request.headers, 'x-remote-user'),
      groups: request.headers['x-remote-group'],
      headers: request.headers,
      body: new TextDecoder().decode(request.body),
    });
  };
  const server = await serve({
    handler: request => handler(request),
    clock: systemClock,
    log: silentLog,
    ...(identity && { tls: identity }),
  });
  const backend: Backend = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${server.port}`,
    port: server.port,
    caBundle: authority ? Buffer.from(authority.cert).toString('base64') : '',
    seen,
    close: () => server.close(),
  };
  return backend;
}

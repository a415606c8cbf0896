/** Somebody between the library and the API server who cuts connections, or answers a watch in its stead. */
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as requestTls, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

export interface Between {
  /** The same cluster, by way of this. */
  readonly config: KubeConfig;
  /** Watches that are open. */
  readonly watches: number;
  /** Path and query of each request. */
  readonly requests: readonly string[];
  /** Breaks the connections of all watches. */
  cut(): void;
  /** What the next watch gets to hear, before it ends, instead of the server's answer. */
  answerNextWatch(event: object): void;
  close(): Promise<void>;
}

export async function between(config: KubeConfig): Promise<Between> {
  const cluster = config.getCurrentCluster()!;
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { agent } = options;
  const open = new Set<ServerResponse>();
  const requests: string[] = [];
  let next: object | undefined;

  const forward = (asked: IncomingMessage, answered: (answer: IncomingMessage) => void): ClientRequest => {
    const url = new URL(cluster.server + asked.url!);
    const headers = { ...asked.headers, ...(options.headers as object), host: url.host };
    const settings = { method: asked.method, headers, agent };
    return url.protocol === 'https:' ? requestTls(url, settings, answered) : request(url, settings, answered);
  };
  const server = createServer((asked, answer) => {
    requests.push(asked.url!);
    const isWatch = new URL(asked.url!, 'http://any').searchParams.has('watch');
    if (isWatch && next) {
      answer.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(next)}\n`);
      next = undefined;
      return;
    }
    const onward = forward(asked, from => {
      answer.writeHead(from.statusCode!, from.headers);
      answer.flushHeaders();
      from.pipe(answer);
      from.on('error', () => answer.destroy());
      if (isWatch) open.add(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => {
      open.delete(answer);
      onward.destroy();
    });
    asked.pipe(onward);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    config: throughHere(port),
    requests,
    get watches() {
      return open.size;
    },
    cut: () => open.forEach(answer => answer.destroy()),
    answerNextWatch: event => (next = event),
    async close() {
      const closed = new Promise(resolve => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function throughHere(port: number): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'between', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'somebody' },
  );
  return config;
}

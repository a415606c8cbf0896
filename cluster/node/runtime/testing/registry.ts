/** A container registry as small as possible: one image, behind a password, with its blobs on another host. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readWhole, type ImageBundle } from '../images/bundle.ts';

export interface SmallRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  host: string;
  /** What was asked of the registry and of its blob host: path, and the credentials that came along. */
  asked: { path: string; authorization: string | undefined }[];
  askedOfBlobHost: { path: string; authorization: string | undefined }[];
}

export async function serveRegistry(image: ImageBundle, user: string, password: string): Promise<SmallRegistry> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const asked: SmallRegistry['asked'] = [];
  const askedOfBlobHost: SmallRegistry['asked'] = [];
  const blobHost = await listen(async (request, response) => {
    askedOfBlobHost.push(note(request));
    const blob = image.blobs.get(request.url!.slice(1));
    response.end(blob ? await readWhole(blob, 1e6) : undefined);
  });
  const registry = await listen(async (request, response) => {
    asked.push(note(request));
    if (request.headers.authorization !== expected) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
    }
    const [, kind, name] = /^\/v2\/.+\/(manifests|blobs)\/([^/?]+)/.exec(request.url!) ?? [];
    if (kind === 'blobs') return void response.writeHead(307, { location: `http://${blobHost.host}/${name}` }).end();
    const { digest, mediaType } = image.target;
    const manifest = await readWhole(image.blobs.get(digest)!, 1e6);
    response.writeHead(kind ? 200 : 404, { 'content-type': mediaType, 'docker-content-digest': digest });
    response.end(request.method === 'HEAD' ? undefined : manifest);
  });
  return {
    host: registry.host,
    asked,
    askedOfBlobHost,
    async [Symbol.asyncDispose]() {
      await registry.close();
      await blobHost.close();
    },
  };
}

const note = ({ url = '', headers }: IncomingMessage) => ({ path: url, authorization: headers.authorization });

async function listen(serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server: Server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** Servers that speak what GitHub, GitLab and CAS document, on loopback: whoever comes is the user that the test says. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OAuthServer {
  readonly origin: string;
  /** Who comes next, as the server describes him. */
  user: Record<string, unknown>;
  /** What the token endpoint was asked. */
  readonly exchanges: Record<string, string>[];
  /** Answers everything with this status and text. */
  broken?: { readonly status: number; readonly text: string };
  close(): void;
}

export const oauthClient = { clientID: 'orrery', clientSecret: 's3cret' };

export async function startOAuthServer(): Promise<OAuthServer> {
  const codes = new Map<string, { challenge: string | null; redirectUri: string | null }>();
  const tickets = new Map<string, string>();
  const tokens = new Set<string>();
  const exchanges: Record<string, string>[] = [];
  const random = () => randomBytes(16).toString('hex');

  const token = (form: URLSearchParams): [number, object] => {
    exchanges.push(Object.fromEntries(form));
    const known = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isClient =
      form.get('client_id') === oauthClient.clientID && form.get('client_secret') === oauthClient.clientSecret;
    if (!isClient) return [200, { error: 'incorrect_client_credentials' }];
    const fits = known && form.get('redirect_uri') === known.redirectUri && challenge === known.challenge;
    // GitHub answers errors with 200.
    if (!fits) return [200, { error: 'bad_verification_code' }];
    const access = random();
    tokens.add(access);
    return [200, { access_token: access, token_type: 'bearer' }];
  };

  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const url = new URL(request.url!, origin());
    const json = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const go = (location: URL) => response.writeHead(302, { location: location.href }).end();
    if (server.broken) return void response.writeHead(server.broken.status).end(server.broken.text);
    const query = url.searchParams;
    switch (url.pathname) {
      case '/authorize': {
        const code = random();
        codes.set(code, { challenge: query.get('code_challenge'), redirectUri: query.get('redirect_uri') });
        const back = new URL(query.get('redirect_uri')!);
        back.searchParams.set('code', code);
        back.searchParams.set('state', query.get('state') ?? '');
        return void go(back);
      }
      case '/token':
        return void json(...token(new URLSearchParams(body)));
      case '/user': {
        const [, bearer = ''] = (request.headers.authorization ?? '').split(' ');
        return void (tokens.has(bearer) ? json(200, server.user) : json(401, { message: 'Bad credentials' }));
      }
      case '/cas/login': {
        const ticket = `ST-1-${random()}`;
        tickets.set(ticket, query.get('service')!);
        const back = new URL(query.get('service')!);
        back.searchParams.set('ticket', ticket);
        return void go(back);
      }
      case '/cas/serviceValidate': {
        const good = tickets.get(query.get('ticket') ?? '') === query.get('service');
        tickets.delete(query.get('ticket') ?? '');
        const inside = good
          ? `<cas:authenticationSuccess><cas:user>${String(server.user['user'])}</cas:user></cas:authenticationSuccess>`
          : '<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>';
        const text = `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${inside}</cas:serviceResponse>`;
        return void response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
      }
      default:
        return void json(404, {});
    }
  };
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => answer(request, response, body));
  });
  const origin = () => `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const server: OAuthServer = {
    origin: origin(),
    user: {},
    exchanges,
    close() {
      http.closeAllConnections();
      http.close();
    },
  };
  return server;
}

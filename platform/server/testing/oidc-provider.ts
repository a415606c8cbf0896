/** A real OpenID provider on loopback, which asks nobody for a password: whoever comes is who the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export interface OpenIdServer {
  readonly issuer: string;
  /** The claims of who comes next; `sub` is his id. */
  user: { sub: string } & Record<string, unknown>;
  close(): void;
}

export interface OpenIdClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

export async function startOpenIdServer({ clientId, clientSecret, redirectUri }: OpenIdClient): Promise<OpenIdServer> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => void response.end();
  const http = createServer((request, response) => handle(request, response));
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ ...server.user, sub: id }) }),
  });
  const callback = provider.callback();
  handle = (request, response) => {
    if (request.url?.startsWith('/interaction/')) void interact(provider, clientId, server.user.sub, request, response);
    else void callback(request, response);
  };
  const server: OpenIdServer = {
    issuer,
    user: { sub: 'nobody' },
    close() {
      http.closeAllConnections();
      http.close();
    },
  };
  return server;
}

/** What a person would do at the provider's own pages. */
async function interact(
  provider: Provider,
  clientId: string,
  accountId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login')
    return provider.interactionFinished(
      request,
      response,
      { login: { accountId } },
      { mergeWithLastSubmission: false },
    );
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(String(params['scope']));
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

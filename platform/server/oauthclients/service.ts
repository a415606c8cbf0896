/** What the routes of programs do, after their permission was checked: descriptions are written as whoever asks. */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { validateDns1123Label } from '@orrery/machinery/names';
import { StatusError, notFound } from '@orrery/machinery/status';
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { oauthclients as routes } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { parseDocument, stringify } from 'yaml';
import type { OAuthClient } from '../config/clients.ts';
import { documentKey, typedSecret } from '../config/configuration.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { fromBase64, toBase64, type Secret } from '../identity/secrets.ts';
import { base64Url } from '../oauth/digest.ts';
import { checkClient, invalidClient, membersOf } from './check.ts';

type Shown = AnswerOf<typeof routes.list>['clients'][number];
type Made = AnswerOf<typeof routes.create>;

const success = { message: 'success' };
const what = (name: string) => ({ group: '', resource: 'OAuth clients', name });

const shownClient = (client: OAuthClient): Shown => ({
  name: client.name,
  grantMethod: client.grantMethod ?? 'auto',
  trusted: client.passwordGrant ?? false,
  redirectURIs: [...client.redirectURIs],
  postLogoutRedirectURIs: [...(client.postLogoutRedirectURIs ?? [])],
  scopeRestrictions: [...(client.scopes ?? [])],
  accessTokenMaxAgeSeconds: client.accessTokenSeconds ?? 0,
  accessTokenInactivityTimeoutSeconds: client.idleSeconds ?? 0,
  hasSecret: client.secret !== undefined,
  source: client.from === undefined ? 'platform' : client.from === 'file' ? 'file' : 'secret',
  ...(client.from !== undefined && client.from !== 'file' && { secret: client.from.secret }),
});

export const shownClients = ({ config }: PlatformContext): Shown[] =>
  config
    .clients()
    .map(shownClient)
    .toSorted((left, right) => left.name.localeCompare(right.name));

const newSecret = ({ random }: PlatformContext): string => base64Url(random.bytes(32));

/** The secret is made here, told once, and never shown again. */
export async function createClient(
  context: PlatformContext,
  caller: Caller,
  { name, public: isPublic = false, grantMethod = 'prompt', ...described }: BodyOf<typeof routes.create>,
): Promise<Made> {
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalidClient(name, [{ field: 'name', message: problem }]);
  if (context.config.client(name))
    throw new StatusError(409, 'AlreadyExists', `the OAuth client "${name}" is there already`, what(name));
  checkClient(name, described, !isPublic);
  const secret = isPublic ? undefined : newSecret(context);
  const members = [...membersOf(described)].filter(([, value]) => value !== null);
  const text = stringify({ name, ...(secret && { secret }), grantMethod, ...Object.fromEntries(members) });
  await context.clientOf(caller).create(resources.secrets, typedSecret('oauthclient', name, text));
  return { ...success, ...(secret && { secret }) };
}

/** The name of the Secret. Rejects with 404, and with 409 for one that is described elsewhere. */
function secretOf({ config }: PlatformContext, name: string): { readonly key: string; readonly client: OAuthClient } {
  const client = config.client(name);
  if (!client) throw notFound(what(name));
  if (client.from === undefined || client.from === 'file')
    throw new StatusError(
      409,
      'Conflict',
      client.from === 'file'
        ? 'the program stands in the ConfigMap kubesphere-config: change it there'
        : 'the program is a part of the platform',
    );
  return { key: client.from.secret, client };
}

export async function changeClient(
  context: PlatformContext,
  caller: Caller,
  name: string,
  { newSecret: renew = false, ...described }: BodyOf<typeof routes.change>,
): Promise<Made> {
  const { key, client: known } = secretOf(context, name);
  checkClient(name, described, renew || known.secret !== undefined);
  const secret = renew ? newSecret(context) : undefined;
  const client = context.clientOf(caller);
  await retryOnConflict(context, async () => {
    const before = await client.get<Secret>(resources.secrets, key, { namespace: systemNamespace });
    const document = parseDocument(fromBase64(before.data?.[documentKey] ?? ''), { version: '1.1' });
    for (const [member, value] of membersOf(described))
      if (value === null) document.delete(member);
      else document.set(member, value);
    if (secret !== undefined) document.set('secret', secret);
    const data = { ...before.data, [documentKey]: toBase64(document.toString()) };
    await client.update(resources.secrets, { ...before, data });
  });
  return { ...success, ...(secret !== undefined && { secret }) };
}

export async function deleteClient(context: PlatformContext, caller: Caller, name: string) {
  const { key } = secretOf(context, name);
  await context.clientOf(caller).delete(resources.secrets, key, { namespace: systemNamespace });
  return success;
}

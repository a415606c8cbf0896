/** Providers as administrators see and change them: the description stays where it is, and no secret leaves it. */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { StatusError, notFound } from '@orrery/machinery/status';
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { providers as routes } from '@orrery/platform-contract/features';
import { platformResources, systemNamespace, type User } from '@orrery/platform-kinds';
import { parseDocument } from 'yaml';
import { documentKey } from '../config/configuration.ts';
import { fieldsAt, textAt, type Fields } from '../config/document.ts';
import type { ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import { fromBase64, toBase64, type Secret } from '../identity/secrets.ts';
import { linkedIdentities } from '../users/identities.ts';
import { providerKinds } from './kinds.ts';

type Shown = AnswerOf<typeof routes.configured>['providers'][number];
type Change = BodyOf<typeof routes.change>;

/** What the provider knows as the way back; every provider has its own, so that none is taken for another. */
export const redirectUriOf = (
  { settings }: Pick<PlatformContext, 'settings'>,
  { name, options }: ProviderConfig,
): string => textAt(options, 'redirectURL') ?? `${settings.issuer}/oauth/callback/${encodeURIComponent(name)}`;

/** Where a provider is asked: the one option of each type that names a place. */
export const addressOf = (options: Fields): string | undefined =>
  ['issuer', 'host', 'casServerURL'].map(name => textAt(options, name)).find(found => found !== undefined) ??
  textAt(fieldsAt(options, 'endpoint'), 'authURL');

export function configuredProviders(context: PlatformContext): Shown[] {
  const counts = new Map<string, number>();
  for (const user of context.informers.of<User>(platformResources.users).list())
    for (const { provider } of linkedIdentities(user)) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return context.config.allProviders().map(config => shownProvider(context, config, counts.get(config.name) ?? 0));
}

function shownProvider(context: PlatformContext, config: ProviderConfig, users: number): Shown {
  const { name, displayName, type, mappingMethod, enabled, hidden, secret, options } = config;
  const kind = providerKinds.get(type);
  const address = addressOf(options);
  const problem = problemOf(context, config);
  return {
    name,
    displayName,
    type,
    mappingMethod,
    enabled,
    hidden,
    users,
    source: secret === undefined ? 'file' : 'secret',
    ...(kind && { kind: kind.kind }),
    ...(secret !== undefined && { secret }),
    ...(address !== undefined && { address }),
    ...(kind?.kind === 'redirect' && { redirectURL: redirectUriOf(context, config) }),
    ...(problem !== undefined && { problem }),
  };
}

/** Options are checked by making a provider of them, which asks nobody anything. */
function problemOf({ egress, clock }: PlatformContext, { type, options }: ProviderConfig): string | undefined {
  const kind = providerKinds.get(type);
  if (!kind) return `there is no type of providers "${type}"`;
  try {
    kind.create(options, { egress, clock });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A provider's description with other words in a few places; what else stands there stays, comments too. */
export function changedDescription(text: string, { enabled, ...change }: Change): string {
  const document = parseDocument(text, { version: '1.1' });
  for (const [name, value] of Object.entries(change)) if (value !== undefined) document.set(name, value);
  if (enabled === true) document.delete('disabled');
  if (enabled === false) document.set('disabled', true);
  return document.toString();
}

/** Rejects with 404, and with 409 for one that stands in the file. */
export async function changeProvider(context: PlatformContext, name: string, change: Change) {
  const found = context.config.allProviders().find(provider => provider.name === name);
  if (!found) throw notFound({ group: '', resource: 'identity providers', name });
  const { secret: key } = found;
  if (key === undefined)
    throw new StatusError(409, 'Conflict', 'the provider stands in the ConfigMap kubesphere-config: change it there');
  const { client } = context;
  await retryOnConflict(context, async () => {
    const secret = await client.get<Secret>(resources.secrets, key, { namespace: systemNamespace });
    const text = changedDescription(fromBase64(secret.data?.[documentKey] ?? ''), change);
    await client.update(resources.secrets, { ...secret, data: { ...secret.data, [documentKey]: toBase64(text) } });
  });
  return { message: 'success' };
}

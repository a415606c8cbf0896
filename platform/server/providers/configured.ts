/** Providers as administrators see and change them: the description stays where it is, and no secret leaves it. */
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { providers as routes } from '@orrery/platform-contract/features';
import { platformResources, type User } from '@orrery/platform-kinds';
import { isMap, parseDocument, type Document } from 'yaml';
import { fieldsAt, textAt, type Fields } from '../config/document.ts';
import type { ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import { linkedIdentities } from '../users/identities.ts';
import { providerKinds } from './kinds.ts';

type Shown = AnswerOf<typeof routes.configured>['providers'][number];
type Change = Omit<BodyOf<typeof routes.change>, 'provider'>;

/** What the provider knows as the way back; every provider has its own, so that none is taken for another. */
export const redirectUriOf = (
  { settings }: Pick<PlatformContext, 'settings'>,
  { name, options }: Pick<ProviderConfig, 'name' | 'options'>,
): string => textAt(options, 'redirectURL') ?? `${settings.issuer}/oauth/callback/${encodeURIComponent(name)}`;

/** Where a provider is asked: the one option of each type that names a place. */
export const addressOf = (options: Fields): string | undefined =>
  ['issuer', 'host', 'casServerURL'].map(name => textAt(options, name)).find(found => found !== undefined) ??
  textAt(fieldsAt(options, 'endpoint'), 'authURL');

export function configuredProviders(context: PlatformContext): Shown[] {
  const counts = usersOf(context);
  return context.config.allProviders().map(config => shownProvider(context, config, counts));
}

/** How many accounts each provider knows. */
function usersOf(context: PlatformContext): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const user of context.informers.of<User>(platformResources.users).list())
    for (const { provider } of linkedIdentities(user)) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return counts;
}

export function shownProvider(context: PlatformContext, config: ProviderConfig, counts = usersOf(context)): Shown {
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
    users: counts.get(name) ?? 0,
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

/** A provider's description with other words in a few places; what else stands there stays, comments too. `null` takes an option off. */
export function changedDescription(
  text: string,
  { enabled, ...change }: Change,
  options: ReadonlyMap<string, unknown> = new Map(),
): string {
  const document = parseDocument(text, { version: '1.1' });
  for (const [name, value] of Object.entries(change)) if (value !== undefined) document.set(name, value);
  if (enabled === true) document.delete('disabled');
  if (enabled === false) document.set('disabled', true);
  if (options.size > 0 && !isMap(document.get('provider'))) document.set('provider', document.createNode({}));
  for (const [name, value] of options) setOption(document, name, value);
  return document.toString();
}

function setOption(document: Document, name: string, value: unknown): void {
  const path = ['provider', ...name.split('.')];
  const above = path.slice(0, -1);
  if (value === null) document.deleteIn(path);
  else {
    if (!isMap(document.getIn(above))) document.setIn(above, document.createNode({}));
    document.setIn(path, value);
  }
}

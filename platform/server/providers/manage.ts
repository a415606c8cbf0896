/** Providers written down: as whoever asks, in the Secret that an administrator would write by hand. */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { validateDns1123Label } from '@orrery/machinery/names';
import { StatusError, notFound } from '@orrery/machinery/status';
import type { AnswerOf, BodyOf } from '@orrery/platform-contract';
import type { providers as routes } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { stringify } from 'yaml';
import { documentKey, typedSecret } from '../config/configuration.ts';
import type { Fields } from '../config/document.ts';
import type { ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { fromBase64, toBase64, type Secret } from '../identity/secrets.ts';
import { CheckFailed, type CheckAnswer } from './check.ts';
import { changedDescription, redirectUriOf, shownProvider } from './configured.ts';
import { checkedOptions, givenOptions, invalidProvider, shownOptions } from './described.ts';
import { providerKinds } from './kinds.ts';

const what = (name: string) => ({ group: '', resource: 'identity providers', name });
const success = { message: 'success' };

function found({ config }: PlatformContext, name: string): ProviderConfig {
  const provider = config.allProviders().find(each => each.name === name);
  if (!provider) throw notFound(what(name));
  return provider;
}

/** The Secret that describes it. @throws StatusError 409 for one that stands in the file. */
function secretOf({ secret }: ProviderConfig): string {
  if (secret !== undefined) return secret;
  throw new StatusError(409, 'Conflict', 'the provider stands in the ConfigMap kubesphere-config: change it there');
}

function kindOf(name: string, type: string) {
  const kind = providerKinds.get(type);
  if (!kind) throw invalidProvider(name, [{ field: 'type', message: `there is no type "${type}"` }]);
  return { name, type, ...kind };
}

export function providerWithOptions(context: PlatformContext, name: string): AnswerOf<typeof routes.get> {
  const config = found(context, name);
  return { ...shownProvider(context, config), ...shownOptions(config.type, config.options) };
}

export async function createProvider(context: PlatformContext, caller: Caller, body: BodyOf<typeof routes.create>) {
  const { name, type, displayName, mappingMethod = 'auto', enabled = true, hidden = false, provider } = body;
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalidProvider(name, [{ field: 'name', message: problem }]);
  if (context.config.allProviders().some(known => known.name === name))
    throw new StatusError(409, 'AlreadyExists', `the identity provider "${name}" is there already`, what(name));
  const options = checkedOptions(kindOf(name, type), {}, provider);
  const description = {
    ...{ name, displayName: displayName?.trim() || name, type, mappingMethod },
    ...(hidden && { hidden }),
    ...(!enabled && { disabled: true }),
    provider: options,
  };
  const secret = typedSecret('identityprovider', name, stringify(JSON.parse(JSON.stringify(description))));
  await context.clientOf(caller).create(resources.secrets, secret);
  return success;
}

/** Rejects with 404, with 409 for one of the file, and with 422 that names each field. */
export async function changeProvider(
  context: PlatformContext,
  caller: Caller,
  name: string,
  { provider: given, ...change }: BodyOf<typeof routes.change>,
) {
  const config = found(context, name);
  const key = secretOf(config);
  // Words and switches are the platform's own; what it connects to is for who may write the Secret.
  const client = given ? context.clientOf(caller) : context.client;
  if (given) checkedOptions(kindOf(name, config.type), config.options, given);
  const options: ReadonlyMap<string, unknown> = given ? givenOptions(config.type, given) : new Map();
  await retryOnConflict(context, async () => {
    const secret = await client.get<Secret>(resources.secrets, key, { namespace: systemNamespace });
    const text = changedDescription(fromBase64(secret.data?.[documentKey] ?? ''), change, options);
    await client.update(resources.secrets, { ...secret, data: { ...secret.data, [documentKey]: toBase64(text) } });
  });
  return success;
}

export async function deleteProvider(context: PlatformContext, caller: Caller, name: string) {
  await context
    .clientOf(caller)
    .delete(resources.secrets, secretOf(found(context, name)), { namespace: systemNamespace });
  return success;
}

/** Rejects with 422 for options that say nothing that could be asked. */
export async function testProvider(
  context: PlatformContext,
  name: string,
  { type, provider }: BodyOf<typeof routes.test>,
): Promise<CheckAnswer> {
  const kind = kindOf(name, type);
  const known = context.config.allProviders().find(each => each.name === name && each.type === type);
  const options: Fields = checkedOptions(kind, known?.options ?? {}, provider);
  try {
    await kind.check(options, context.egress, redirectUriOf(context, { name, options }));
    return { ok: true };
  } catch (error) {
    if (error instanceof CheckFailed) return { ok: false, problem: error.problem, field: error.field };
    throw error;
  }
}

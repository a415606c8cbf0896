/** Who is believed and who decides, as files say: issuers of tokens, token webhooks, authorizers. Two of the files count anew when they change. */
import { readFileSync } from 'node:fs';
import {
  authorizationConfigOf,
  documentOf,
  structuredAuthentication,
  tokenWebhook,
  type AuthorizerChoice,
  type AuthorizerConfig,
  type SecurityOptions,
} from '@orrery/apiserver/security';
import type { WebhookTransport } from '@orrery/apiserver';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { outboundOf, type Outbound } from './outbound.ts';
import type { Settings } from './settings.ts';

export interface IdentityParts {
  readonly security: Pick<SecurityOptions, 'structured' | 'tokenWebhook' | 'authorizers'>;
  close(): void;
}

export interface IdentityOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How issuers are reached. */
  readonly reach: WebhookTransport;
}

/** How often files are looked at. */
const lookMs = 10_000;

/** A file whose content counts: now, or not at all; later, when it changed and can be used. */
async function followFile(
  file: string,
  option: string,
  { clock, log }: IdentityOptions,
  apply: (document: unknown) => Promise<void>,
): Promise<() => void> {
  let known = '';
  const take = async (): Promise<void> => {
    const text = readFileSync(file, 'utf8');
    if (text === known) return;
    known = text;
    await apply(documentOf(text));
    log.info('a configuration file counts', { option, file });
  };
  try {
    await take();
  } catch (error) {
    throw new Error(`the file of ${option}, ${file}, cannot be used: ${(error as Error).message}`, { cause: error });
  }
  const timer = clock.every(lookMs, () => {
    take().catch((error: unknown) =>
      log.error('a configuration file cannot be used: what was before stays', { option, file, error }),
    );
  });
  timer.unref();
  return () => timer.cancel();
}

const authorizationOption = '--authorization-config';

interface Chosen {
  readonly authorizers: readonly AuthorizerChoice[];
  readonly outbounds: readonly Outbound[];
}

async function authorizersOf(configs: readonly AuthorizerConfig[], { clock, log }: IdentityOptions): Promise<Chosen> {
  const outbounds: Outbound[] = [];
  const authorizers: AuthorizerChoice[] = [];
  for (const config of configs) {
    if (config.type !== 'Webhook') {
      authorizers.push(config.type);
      continue;
    }
    // Brings the expression language with it.
    const { webhookAuthorizer } = await import('@orrery/apiserver/webhook-authorizer');
    const outbound = await outboundOf(config.webhook.kubeConfigFile, authorizationOption, clock);
    outbounds.push(outbound);
    authorizers.push(webhookAuthorizer({ config: config.webhook, ...outbound, clock, log }));
  }
  return { authorizers, outbounds };
}

/** @throws Error in one sentence, naming the option, for a file that cannot be used */
export async function openIdentity(settings: Settings, options: IdentityOptions): Promise<IdentityParts> {
  const { authenticationConfig, authenticationTokenWebhookConfigFile: tokenFile, authorizationConfig } = settings;
  const { clock, reach } = options;
  const endings: (() => void)[] = [];
  const security: { -readonly [K in keyof IdentityParts['security']]: IdentityParts['security'][K] } = {};
  if (authenticationConfig !== undefined) {
    const structured = structuredAuthentication({ reach, clock });
    endings.push(await followFile(authenticationConfig, '--authentication-config', options, structured.apply));
    security.structured = structured;
  }
  if (tokenFile !== undefined) {
    const outbound = await outboundOf(tokenFile, '--authentication-token-webhook-config-file', clock);
    endings.push(() => outbound.close());
    security.tokenWebhook = tokenWebhook({ ...outbound, clock });
  }
  if (authorizationConfig !== undefined) {
    let chosen: Chosen = { authorizers: [], outbounds: [] };
    const close = (): void => chosen.outbounds.forEach(outbound => outbound.close());
    const apply = async (document: unknown): Promise<void> => {
      const next = await authorizersOf(authorizationConfigOf(document), options);
      close();
      chosen = next;
    };
    endings.push(await followFile(authorizationConfig, authorizationOption, options, apply), close);
    security.authorizers = () => chosen.authorizers;
  }
  return { security, close: () => endings.forEach(end => end()) };
}

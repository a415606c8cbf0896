/** The device grant (RFC 8628): a program without a browser shows a code, and somebody who is logged in elsewhere lets it in. */
import { resources } from '@orrery/client/resources';
import { isReason, notFound, tooManyRequests } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { getSecret, recordIn, secretOf, takeSecret, type Secret } from '../identity/secrets.ts';
import { codeLabel } from './codes.ts';
import { base64Url, hexDigest } from './digest.ts';
import { OAuthError, invalidGrant } from './errors.ts';
import { refusedScope, scopesIn } from './scopes.ts';

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

const lifeMs = 600_000;
const intervalSeconds = 5;
/** Wrong codes of one user within their life. */
const triesMax = 10;

interface DeviceRecord {
  readonly client: string;
  readonly scope: string;
  readonly expiresAtMs: number;
  readonly user?: string;
  readonly provedAtMs?: number;
  readonly denied?: true;
}

const type = 'platform.orrery.io/device';
const userCodeLabel = 'platform.orrery.io/user-code';
const secretName = async (deviceCode: string): Promise<string> => `device-${await hexDigest(deviceCode)}`;
/** A label has room for 63 letters. */
const userCodeMark = async (userCode: string): Promise<string> => (await hexDigest(plainCode(userCode))).slice(0, 40);

/** No vowels, so that no words come about (RFC 8628 6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';
/** Without what people add to read it better. */
const plainCode = (text: string): string => text.toUpperCase().replace(/[^A-Z]/g, '');

/** Eight of twenty letters: some 34 bits, tried by people who are logged in, ten times. */
export function newUserCode(random: PlatformContext['random']): string {
  const fair: string[] = [];
  while (fair.length < 8)
    for (const byte of random.bytes(16)) if (byte < 240 && fair.length < 8) fair.push(letters[byte % letters.length]!);
  return `${fair.slice(0, 4).join('')}-${fair.slice(4).join('')}`;
}

/** @throws OAuthError invalid_scope. */
export async function beginDevice(context: PlatformContext, client: OAuthClient, scope: string | undefined) {
  const scopes = scopesIn(scope);
  if (refusedScope(client, scopes) !== undefined)
    throw new OAuthError(400, 'invalid_scope', 'a scope that this program may not ask for');
  const { random, clock, settings } = context;
  const [deviceCode, userCode] = [base64Url(random.bytes(32)), newUserCode(random)];
  const record: DeviceRecord = { client: client.name, scope: scopes.join(' '), expiresAtMs: clock.now() + lifeMs };
  const marks = { [codeLabel]: 'true', [userCodeLabel]: await userCodeMark(userCode) };
  await context.client.create(resources.secrets, secretOf(await secretName(deviceCode), type, marks, record));
  const uri = `${settings.issuer}/login/device`;
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: uri,
    verification_uri_complete: `${uri}?user_code=${userCode}`,
    expires_in: lifeMs / 1000,
    interval: intervalSeconds,
  };
}

interface Found {
  readonly secret: Secret;
  readonly record: DeviceRecord;
}

/** Rejects with 404 for a code that nobody showed, with 429 for somebody who guesses. */
async function findDevice(context: PlatformContext, caller: Caller, userCode: string): Promise<Found> {
  const { client, clock, door } = context;
  const guesser = `user-code/${caller.name}`;
  if (door.isClosed(guesser, triesMax)) throw tooManyRequests('too many wrong codes: try again later', lifeMs / 1000);
  const { items } = await client.list<Secret>(resources.secrets, {
    namespace: systemNamespace,
    labelSelector: `${userCodeLabel}=${await userCodeMark(userCode)}`,
  });
  const record = recordIn<DeviceRecord>(items[0]);
  const isOpen = record && record.expiresAtMs > clock.now() && record.user === undefined && !record.denied;
  if (!isOpen) {
    door.failed(guesser, lifeMs / 1000);
    throw notFound({ group: '', resource: 'user codes', name: plainCode(userCode).slice(0, 16) });
  }
  return { secret: items[0]!, record };
}

/** What the page shows before the user says yes. */
export async function deviceConsent(context: PlatformContext, caller: Caller, userCode: string) {
  const { record } = await findDevice(context, caller, userCode);
  return { client: record.client, scopes: scopesIn(record.scope), username: caller.name };
}

export async function decideDevice(context: PlatformContext, caller: Caller, userCode: string, approve: boolean) {
  const { secret, record } = await findDevice(context, caller, userCode);
  const decided: DeviceRecord = approve
    ? { ...record, user: caller.name, provedAtMs: caller.provedAtMs ?? 0 }
    : { ...record, denied: true };
  try {
    await context.client.update(resources.secrets, { ...secret, data: secretOf('', type, {}, decided).data });
  } catch (error) {
    // Somebody else was asked at the same moment, and has answered.
    if (isReason(error, 'Conflict') || isReason(error, 'NotFound'))
      throw notFound({ group: '', resource: 'user codes', name: plainCode(userCode).slice(0, 16) });
    throw error;
  }
  return { message: 'success' };
}

/** Who let the program in, told once. @throws OAuthError while nobody has, and when it is over. */
export async function takeDevice(
  { client, clock, door }: PlatformContext,
  { name }: OAuthClient,
  deviceCode: string,
): Promise<{ user: string; scope: string; provedAtMs: number }> {
  const id = await secretName(deviceCode);
  const secret = await getSecret(client, id);
  const record = recordIn<DeviceRecord>(secret);
  if (!secret || record?.client !== name) throw invalidGrant('the device code is not good, or no longer');
  if (record.expiresAtMs <= clock.now()) throw new OAuthError(400, 'expired_token', 'the code was not entered in time');
  if (record.denied) {
    await takeSecret(client, secret);
    throw new OAuthError(400, 'access_denied', 'the user said no');
  }
  if (record.user === undefined) {
    const tooSoon = door.isClosed(`device/${id}`, 1);
    door.failed(`device/${id}`, intervalSeconds - 1);
    throw tooSoon
      ? new OAuthError(400, 'slow_down', `ask every ${intervalSeconds} seconds`)
      : new OAuthError(400, 'authorization_pending', 'nobody has entered the code yet');
  }
  if (!(await takeSecret(client, secret))) throw invalidGrant('the device code is not good, or no longer');
  return { user: record.user, scope: record.scope, provedAtMs: record.provedAtMs ?? 0 };
}

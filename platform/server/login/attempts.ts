/** Attempts to log in, kept in the cluster so that all replicas count the same. A name that nobody has is counted like any other. */
import type { Client } from '@orrery/client';
import { header, type Request } from '@orrery/http';
import { tooManyRequests } from '@orrery/machinery/status';
import { labels, platformResources, type LoginRecord } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { cookieOf } from '../identity/authenticate.ts';
import { isUserName } from '../identity/users.ts';
import { sha256 } from '../oauth/digest.ts';
import { sourceOf } from './address.ts';
import { deviceLabel, isClosed, isKnown, timeAnnotation, type Attempt } from './limits.ts';

/** On records of attempts with a name that no account has. */
export const strangerLabel = 'platform.orrery.io/tried';
/** More names than these are not counted: an address that tries so many is stopped before. */
const strangersMax = 1000;
/** So many times the failures of one user: of an address, whatever names it tries. */
const addressShare = 5;

/** What proving who one is needs. */
export type LoginContext = Omit<PlatformContext, 'basic'>;

/** Whom an attempt is for. */
export interface Subject {
  readonly selector: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The name of records, and of the user if there is one. */
  readonly name: string;
  readonly exists: boolean;
}

export const subjectOfUser = (name: string): Subject => ({
  selector: `${labels.user}=${name}`,
  labels: { [labels.user]: name },
  name,
  exists: true,
});

/** A name that no account has. It need not be one. */
export async function subjectOfNobody(login: string): Promise<Subject> {
  const digest = Array.from(await sha256(login), byte => byte.toString(16).padStart(2, '0')).join('');
  const name = isUserName(login) ? login : digest.slice(0, 40);
  return {
    selector: `${strangerLabel}=${name}`,
    labels: { [strangerLabel]: name },
    name: digest.slice(0, 40),
    exists: false,
  };
}

export const deviceCookie = 'device';

/** The id of the device, if its cookie says that this user has used it. */
async function deviceOf({ tokens }: LoginContext, request: Request, user: string): Promise<string | undefined> {
  const cookie = cookieOf(request, deviceCookie);
  const content = cookie === undefined ? undefined : await tokens.unseal('device', cookie);
  return content?.['user'] === user && typeof content['id'] === 'string' ? content['id'] : undefined;
}

export async function attemptOf(context: LoginContext, request: Request, subject: Subject): Promise<Attempt> {
  const address = sourceOf(request, context.config.login().trustedProxies);
  const device = subject.exists ? await deviceOf(context, request, subject.name) : undefined;
  return { address, ...(device !== undefined && { device }) };
}

/** Rejects with 429 when the door is closed. */
export async function refuseTooMany(
  { client, clock, config, door }: LoginContext,
  subject: Subject,
  attempt: Attempt,
  by: Client = client,
): Promise<void> {
  const limits = config.login();
  const { items } = await by.list<LoginRecord>(platformResources.loginrecords, { labelSelector: subject.selector });
  const tooMany = door.isClosed(attempt.address, limits.triesMax * addressShare) && !isKnown(items, attempt);
  if (tooMany || isClosed(items, attempt, clock.now(), limits))
    throw tooManyRequests('too many log-ins failed: try again later', limits.windowSeconds);
}

export interface Outcome {
  /** Why it failed; undefined for a success. */
  readonly reason?: string;
  readonly type?: LoginRecord['spec']['type'];
  readonly provider?: string;
}

export async function recordAttempt(
  { client, clock, random, config, door, informers, happenings }: LoginContext,
  request: Request,
  subject: Subject,
  attempt: Attempt,
  { reason, type = 'Password', provider }: Outcome,
  by: Client = client,
): Promise<void> {
  if (reason !== undefined) door.failed(attempt.address, config.login().windowSeconds);
  happenings.tell({
    kind: 'login',
    request,
    user: subject.exists ? subject.name : '',
    type,
    ...(provider !== undefined && { provider }),
    address: attempt.address,
    ...(reason !== undefined && { reason }),
  });
  const known = informers.of<LoginRecord>(platformResources.loginrecords);
  const strangers = async () =>
    known.hasSynced()
      ? known.list().filter(({ metadata }) => metadata.labels?.[strangerLabel] !== undefined)
      : (await client.list<LoginRecord>(platformResources.loginrecords, { labelSelector: strangerLabel })).items;
  if (!subject.exists && (await strangers()).length >= strangersMax) return;
  const userAgent = header(request.headers, 'user-agent')?.slice(0, 256);
  await by.create<LoginRecord>(platformResources.loginrecords, {
    apiVersion: platformResources.loginrecords.apiVersion,
    kind: 'LoginRecord',
    metadata: {
      name: `${subject.name}-${random.uuid().slice(0, 13)}`,
      labels: { ...subject.labels, ...(attempt.device !== undefined && { [deviceLabel]: attempt.device }) },
      annotations: { [timeAnnotation]: String(Math.floor(clock.now())) },
    },
    spec: {
      type,
      success: reason === undefined,
      ...(reason !== undefined && { reason }),
      ...(provider !== undefined && { provider }),
      ...(attempt.address !== '' && { sourceIP: attempt.address }),
      ...(userAgent && { userAgent }),
    },
  });
}

/** Takes away what was counted for names that nobody has, once it counts no more. */
export async function sweepStrangers({ client, clock, config, informers }: LoginContext): Promise<void> {
  const sinceMs = clock.now() - config.login().windowSeconds * 1000;
  const over = informers
    .of<LoginRecord>(platformResources.loginrecords)
    .list()
    .filter(({ metadata }) => metadata.labels?.[strangerLabel] !== undefined)
    .filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') < sinceMs);
  for (const { metadata } of over) await client.delete(platformResources.loginrecords, metadata.name!).catch(() => {});
}

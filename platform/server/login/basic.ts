/**
 * Name and password with every request, as scripts of KubeSphere send them. The first one logs in, with the limits and the record of any log-in; those
 * that follow stand on its session, so that disabling, logging out and a new password end them too.
 */
import { header, type Request } from '@orrery/http';
import { StatusError, unauthorized } from '@orrery/machinery/status';
import type { User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Session } from '../identity/sessions.ts';
import { hexDigest } from '../oauth/digest.ts';
import type { LoginContext } from './attempts.ts';
import { logIn } from './password.ts';

const lifeMs = 600_000;
const keptMax = 1000;
const client = 'basic';

export interface BasicLogin {
  readonly user: User;
  readonly id: string;
  readonly session: Session;
}

export interface BasicLogins {
  /** Undefined without such credentials. Rejects with 401 for wrong ones, with 429 for too many. */
  find(request: Request): Promise<BasicLogin | undefined>;
}

type Parts = Pick<PlatformContext, 'sessions' | 'users' | 'random'>;

/** `proves` is {@link logIn}, for the platform's context. */
export function createBasicLogins(
  { sessions, users, random }: Parts,
  proves: (request: Request, name: string, password: string) => Promise<User>,
): BasicLogins {
  // Credentials are kept as digests under a salt of this process alone.
  const salt = random.uuid();
  const kept = new Map<string, string>();
  const known = async (key: string): Promise<BasicLogin | undefined> => {
    const id = kept.get(key);
    const session = id === undefined ? undefined : await sessions.find(id);
    const user = session && (await users.find(session.user));
    return id !== undefined && session && user ? { user, id, session } : undefined;
  };
  const fresh = async (request: Request, key: string, name: string, password: string): Promise<BasicLogin> => {
    const user = await proves(request, name, password).catch(refused);
    const id = await sessions.open(user.metadata.name!, client, { lifeMs });
    kept.set(key, id);
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
    const session = await sessions.find(id);
    if (!session) throw unauthorized();
    return { user, id, session };
  };
  return {
    async find(request) {
      const given = credentialsIn(request);
      if (!given) return undefined;
      const [name, password] = given;
      const key = await hexDigest(`${salt}\n${name}\n${password}`);
      return (await known(key)) ?? fresh(request, key, name, password);
    },
  };
}

/** Where credentials come with a request, wrong ones are no bad request. */
function refused(error: unknown): never {
  if (error instanceof StatusError && error.code === 400) throw unauthorized(error.message);
  throw error;
}

/** @throws StatusError 401 for what is no Base64. */
function credentialsIn({ headers }: Request): [string, string] | undefined {
  const [scheme, text = ''] = header(headers, 'authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  try {
    const plain = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(text), at => at.charCodeAt(0)));
    const at = plain.indexOf(':');
    return at < 0 ? [plain, ''] : [plain.slice(0, at), plain.slice(at + 1)];
  } catch {
    throw unauthorized('the credentials cannot be read');
  }
}

/** For the platform's own accounts. */
export const basicLoginsOf = (context: LoginContext): BasicLogins =>
  createBasicLogins(context, (request, name, password) => logIn(context, request, name, password));

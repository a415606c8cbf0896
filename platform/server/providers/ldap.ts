/** Directories: the name is looked up under the manager's eyes, the password is tried as who was found. */
import { isIP } from 'node:net';
import { AndFilter, Client, EqualityFilter, Filter, FilterParser, InvalidCredentialsError, type Entry } from 'ldapts';
import { countAt, flagAt, textAt, type Fields } from '../config/document.ts';
import type { Egress } from '../egress/egress.ts';
import { authorityOf, required } from './options.ts';
import type { Identity, ProviderFactory } from './types.ts';

const timeoutMsDefault = 15_000;
const timeoutMsMax = 30_000;

export interface Directory {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly startTls: boolean;
  readonly managerDn: string;
  readonly managerPassword: string;
  readonly base: string;
  readonly filter: Filter | undefined;
  readonly loginAttribute: string;
  readonly mailAttribute: string;
  readonly timeoutMs: number;
  readonly ca: string | undefined;
  readonly insecure: boolean;
}

/** `host:port`, with `ldap://` or `ldaps://` before it. @throws TypeError */
function placeOf(text: string): Pick<Directory, 'host' | 'port' | 'secure'> {
  const url = URL.parse(/^ldaps?:\/\//i.test(text) ? text : `ldap://${text}`);
  if (!url?.hostname) throw new TypeError('the option host is no address');
  const secure = url.protocol === 'ldaps:';
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (secure ? 636 : 389)), secure };
}

/** @throws TypeError */
function filterIn(text: string): Filter {
  try {
    return FilterParser.parseString(text);
  } catch {
    throw new TypeError('the option userSearchFilter is no filter');
  }
}

export function readDirectory(options: Fields): Directory {
  const filter = textAt(options, 'userSearchFilter');
  return {
    ...placeOf(required(options, 'host')),
    startTls: flagAt(options, 'startTLS') ?? false,
    managerDn: required(options, 'managerDN'),
    managerPassword: required(options, 'managerPassword'),
    base: required(options, 'userSearchBase'),
    filter: filter === undefined ? undefined : filterIn(filter),
    loginAttribute: required(options, 'loginAttribute'),
    mailAttribute: textAt(options, 'mailAttribute') ?? 'mail',
    timeoutMs: Math.min(countAt(options, 'readTimeout') || timeoutMsDefault, timeoutMsMax),
    ca: authorityOf(options),
    insecure: flagAt(options, 'insecureSkipVerify') ?? false,
  };
}

export const ldapProvider: ProviderFactory = (options, { egress }) => {
  const directory = readDirectory(options);
  return {
    kind: 'password',
    async authenticate(username, password) {
      // A bind without a password succeeds for any name (RFC 4513 5.1.2): nobody is let in for nothing.
      if (username === '' || password === '') return undefined;
      const entry = await withDirectory(egress, directory, client => findEntry(client, directory, username));
      // A name that is not there takes the same steps.
      const dn = entry?.dn ?? `cn=nobody,${directory.base}`;
      const isHe = withDirectory(egress, directory, client => binds(client, dn, password));
      if (entry) return (await isHe) ? identityOf(entry, directory) : undefined;
      await isHe.catch(() => {});
      return undefined;
    },
  };
};

/** A connection to the directory while it is needed. */
export async function withDirectory<T>(
  egress: Egress,
  directory: Directory,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { host, port, secure, startTls, timeoutMs, ca, insecure } = directory;
  const place = await egress.place(host, port);
  const address = isIP(place.address) === 6 ? `[${place.address}]` : place.address;
  const tlsOptions = {
    ...(isIP(host) ? {} : { servername: host }),
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: !insecure,
    minVersion: 'TLSv1.2' as const,
  };
  const url = `${secure ? 'ldaps' : 'ldap'}://${address}:${place.port}`;
  const client = new Client({ url, timeout: timeoutMs, connectTimeout: timeoutMs, ...(secure && { tlsOptions }) });
  try {
    if (startTls && !secure) await client.startTLS(tlsOptions);
    return await work(client);
  } finally {
    await client.unbind().catch(() => {});
  }
}

/** The one entry whose login attribute is this. What he typed is a value, whatever is in it. */
async function findEntry(client: Client, directory: Directory, username: string): Promise<Entry | undefined> {
  const { managerDn, managerPassword, base, filter, loginAttribute, mailAttribute } = directory;
  await client.bind(managerDn, managerPassword);
  const named = new EqualityFilter({ attribute: loginAttribute, value: username });
  const { searchEntries } = await client.search(base, {
    scope: 'sub',
    filter: filter ? new AndFilter({ filters: [named, filter] }) : named,
    attributes: [loginAttribute, mailAttribute],
    sizeLimit: 2,
    derefAliases: 'never',
  });
  return searchEntries.length === 1 ? searchEntries[0] : undefined;
}

async function binds(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (error) {
    if (error instanceof InvalidCredentialsError) return false;
    throw error;
  }
}

const textOf = (value: Entry[string] | undefined): string | undefined => {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first.length === 0 ? undefined : first.toString();
};

/** Under the directory's own spelling of his name, so that he is one person however he types it. */
function identityOf(entry: Entry, { loginAttribute, mailAttribute }: Directory): Identity | undefined {
  const attributes = new Map(Object.entries(entry).map(([name, value]) => [name.toLowerCase(), value]));
  const uid = textOf(attributes.get(loginAttribute.toLowerCase()));
  const email = textOf(attributes.get(mailAttribute.toLowerCase()));
  return uid === undefined ? undefined : { uid, username: uid, ...(email !== undefined && { email }) };
}

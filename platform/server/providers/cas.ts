/** CAS (protocol 2.0): a ticket that the server is asked about. It has no state of its own: ours is part of the address to come back to. */
import { fieldsOf, type Fields } from '../config/document.ts';
import type { Egress } from '../egress/egress.ts';
import { required, trustOf } from './options.ts';
import { notVouched, type Identity, type Journey, type ProviderFactory } from './types.ts';

const ticketForm = /^[A-Za-z0-9._-]{1,256}$/;

function serviceOf({ redirectUri, state }: Journey): string {
  const url = new URL(redirectUri);
  url.searchParams.set('state', state);
  return url.href;
}

function atServer(options: Fields): (path: string, values: Record<string, string>) => string {
  const base = required(options, 'casServerURL').replace(/\/$/, '');
  return (path, values) => `${base}/${path}?${new URLSearchParams(values)}`;
}

/** What the server says of a ticket, as XML. Rejects with `notVouched` when it does not say anything. */
async function validate(options: Fields, egress: Egress, service: string, ticket: string): Promise<string> {
  const answer = await egress.fetch({
    url: atServer(options)('serviceValidate', { service, ticket }),
    headers: { accept: 'application/xml' },
    ...trustOf(options),
  });
  if (answer.status !== 200) throw notVouched();
  return new TextDecoder().decode(answer.body);
}

export const casProvider: ProviderFactory = (options: Fields, { egress }) => {
  const at = atServer(options);
  return {
    kind: 'redirect',
    begin: async journey => at('login', { service: serviceOf(journey) }),
    async finish(query, journey) {
      const ticket = query.get('ticket') ?? '';
      if (!ticketForm.test(ticket)) throw notVouched();
      return readValidation(await validate(options, egress, serviceOf(journey), ticket));
    },
  };
};

/** Whether a server of this protocol is there: it says that it does not know a ticket that it never gave. */
export const casAnswers = async (options: Fields, egress: Egress, redirectUri: string): Promise<boolean> =>
  /<(?:[\w-]+:)?authenticationFailure[\s>]/.test(await validate(options, egress, redirectUri, 'ST-connection-test'));

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return fieldsOf(entities)?.[name] === undefined ? whole : entities[name]!;
    return String.fromCodePoint(decimal !== undefined ? Number(decimal) : Number.parseInt(hex!, 16));
  });

/** The one element of this name, whatever its prefix; undefined when there is none or more. */
function onlyElement(xml: string, name: string): string | undefined {
  const found = [...xml.matchAll(new RegExp(`<((?:[\\w-]+:)?${name})(?:\\s[^<>]*)?>([\\s\\S]*?)</\\1\\s*>`, 'g'))];
  const opened = [...xml.matchAll(new RegExp(`<(?:[\\w-]+:)?${name}[\\s>/]`, 'g'))];
  return found.length === 1 && opened.length === 1 ? found[0]![2] : undefined;
}

/** Who the answer names. What XML can hide a second answer in is not read at all. @throws StatusError `notVouched`. */
export function readValidation(xml: string): Identity {
  if (/<!|<\?(?!xml\s)|<\?xml[\s\S]*<\?/.test(xml)) throw notVouched();
  const success = onlyElement(xml, 'authenticationSuccess');
  const user = success === undefined ? undefined : onlyElement(success, 'user');
  const isClear = onlyElement(xml, 'user') === user && !/authenticationFailure/.test(xml);
  if (user === undefined || !isClear || user.includes('<')) throw notVouched();
  const name = plain(user).trim();
  if (name === '') throw notVouched();
  return { uid: name, username: name };
}

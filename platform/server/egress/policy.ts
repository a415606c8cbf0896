/**
 * Where the platform may connect to on behalf of its users. The internet is open unless the platform says otherwise; everything else is closed
 * unless it is on the platform's list. Of all networks that an address is in the narrowest decides, the list's before others.
 */
import { contains, parseNetwork, type Network } from './address.ts';
import { specialNetworks, type Purpose } from './networks.data.ts';

export interface EgressSettings {
  /** Names (`registry.example.com`, `*.example.com`), addresses and networks, each with a port if only that one is meant. */
  readonly allow: readonly string[];
  /** Nothing but what is listed, the internet neither. */
  readonly onlyListed: boolean;
}

interface Entry {
  readonly network?: Network;
  /** Lower case; with a leading dot for all names below. */
  readonly name?: string;
  readonly port?: number;
}

interface Closed {
  readonly network: Network;
  readonly purpose: Purpose;
}

export interface EgressPolicy {
  readonly entries: readonly Entry[];
  readonly closed: readonly Closed[];
  readonly onlyListed: boolean;
}

const special: readonly Closed[] = specialNetworks.map(([text, purpose]) => ({
  network: parseNetwork(text)!,
  purpose,
}));

/** A name as it is compared: lower case, without the dot at its end. */
export const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, '');

const form = /^(?:\[([0-9a-f:.]+)\]|([^[\]:]+|[0-9a-f:.]+(?:\/\d+)?))(?::(\d{1,5}))?$/i;
const nameForm = /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/;

/** @throws TypeError that names an entry that is none. */
export function parseEntry(text: string): Entry {
  const trimmed = text.trim();
  // An address of version 6 without brackets is read whole: it has no port.
  const bare = parseNetwork(trimmed);
  if (bare) return { network: bare };
  const [, bracketed, plain, port] = form.exec(trimmed) ?? [];
  const host = bracketed ?? plain ?? '';
  const at = { ...(port !== undefined && { port: Number(port) }) };
  const network = parseNetwork(host);
  if (network) return { network, ...at };
  const name = plainName(host);
  if (!nameForm.test(name) || /^[\d.]+$/.test(name)) throw new TypeError(`"${text}" is no name, address or network`);
  return { name: name.replace(/^\*/, ''), ...at };
}

/** `cluster` are the networks of the cluster that the platform runs on, `own` the addresses of this machine. */
export function egressPolicy(
  { allow, onlyListed }: EgressSettings,
  cluster: readonly string[] = [],
  own: readonly string[] = [],
): EgressPolicy {
  const closedAs = (purpose: Purpose) => (text: string) => {
    const network = parseNetwork(text);
    return network ? [{ network, purpose }] : [];
  };
  return {
    entries: allow.map(parseEntry),
    closed: [...special, ...cluster.flatMap(closedAs('cluster')), ...own.flatMap(closedAs('own'))],
    onlyListed,
  };
}

const narrowest = (networks: readonly Network[]): number => Math.max(-1, ...networks.map(({ prefix }) => prefix));

const isNamed = ({ entries }: EgressPolicy, host: string, port: number): boolean =>
  entries.some(
    ({ name, port: only }) =>
      name !== undefined && (only ?? port) === port && (name.startsWith('.') ? host.endsWith(name) : host === name),
  );

/** Why `address`, which `host` stands for, may not be connected to; undefined when it may. */
export function refusal(policy: EgressPolicy, host: string, port: number, address: bigint): string | undefined {
  const listed = policy.entries.flatMap(({ network, port: only }) =>
    network && (only ?? port) === port && contains(network, address) ? [network] : [],
  );
  const closed = policy.closed.filter(({ network }) => contains(network, address));
  const [open, shut] = [narrowest(listed), narrowest(closed.map(({ network }) => network))];
  if (open >= 0 && open >= shut) return undefined;
  const named = isNamed(policy, plainName(host), port);
  if (shut < 0) return named || !policy.onlyListed ? undefined : 'it is not on the list';
  // The address may be in several: a private one that is the cluster's too is the cluster's.
  const worst = closed.find(({ purpose }) => purpose !== 'private');
  return named && !worst ? undefined : `the address is ${worst?.purpose ?? 'private'}`;
}

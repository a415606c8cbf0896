/** The machine's resolver, and the addresses that the machine itself has. */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

/** Version 4 first: it is what most networks have. Rejects for a name that there is not. */
export const resolveName = async (host: string): Promise<string[]> =>
  (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address);

export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));

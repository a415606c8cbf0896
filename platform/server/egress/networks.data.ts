/** Networks that are nobody's on the internet (the special-purpose registries of IANA, RFC 6890), and addresses that clouds serve secrets at. */

/** What a network is. Names on the allow-list open what is `private`; everything else only by an entry for the very network. */
export type Purpose = 'private' | 'loopback' | 'link-local' | 'metadata' | 'reserved' | 'cluster' | 'own';

export const specialNetworks: readonly (readonly [network: string, purpose: Purpose])[] = [
  ['0.0.0.0/8', 'loopback'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  ['100.100.100.200/32', 'metadata'],
  ['127.0.0.0/8', 'loopback'],
  ['168.63.129.16/32', 'metadata'],
  ['169.254.0.0/16', 'link-local'],
  ['169.254.169.254/32', 'metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.0.192/32', 'metadata'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'reserved'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'reserved'],
  ['240.0.0.0/4', 'reserved'],
  // Also the unspecified address, loopback and what once stood for addresses of version 4.
  ['::/96', 'loopback'],
  ['64:ff9b:1::/48', 'reserved'],
  ['100::/64', 'reserved'],
  // Tunnels: what is behind them cannot be told from the address.
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['2002::/16', 'reserved'],
  ['3fff::/20', 'reserved'],
  ['5f00::/16', 'reserved'],
  ['fc00::/7', 'private'],
  ['fd00:ec2::254/128', 'metadata'],
  ['fd20:ce::254/128', 'metadata'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'reserved'],
];

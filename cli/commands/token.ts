/** `orrery token`: what other machines join with. */
import { createClient, type Client } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import {
  authorityDigest,
  ensureJoining,
  newJoinToken,
  printToken,
  secretNameOf,
  tokenPlace,
  tokenRows,
  tokenSecret,
} from '@orrery/embedded/joining';
import { defaultSettings, type Layout } from '@orrery/embedded/layout';
import type { Secret } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { isReason } from '@orrery/machinery/status';
import { CliError } from '../error.ts';
import { outputFormat, print, table } from '../output.ts';
import { layoutFor, readSettings, runningInstance } from '../run/instance.ts';

interface Common {
  readonly dataDir?: string;
  readonly output?: string;
}

export interface CreateOptions extends Common {
  /** Seconds; 0 for a token that never ends. */
  readonly ttl: number;
  readonly description?: string;
  /** Where the other machine reaches the server. */
  readonly server?: string;
}

interface Access {
  readonly client: Client;
  /** PEM. */
  readonly authority: string;
}

/** Works on the machine of the server, as its administrator. */
async function asAdministrator<T>(layout: Layout, work: (access: Access) => Promise<T>): Promise<T> {
  const instance = runningInstance(layout);
  if (instance?.joined)
    throw new CliError(`this machine is a node of ${instance.joined}: tokens are made on the machine of the server`);
  if (!instance?.port) throw new CliError(`no cluster runs on ${layout.root}: start it with "orrery up"`);
  const access = await loadKubeconfig({ path: layout.kubeconfig }).catch((error: unknown) => {
    throw new CliError(`${layout.kubeconfig} cannot be read: ${(error as Error).message}`);
  });
  const connection = connect(access.connect);
  const authority = String(access.connect.ca);
  try {
    return await work({ client: createClient(connection), authority });
  } finally {
    connection.close();
  }
}

/** Where other machines reach the server. @throws CliError where none does */
function addressFor(layout: Layout, wished: string | undefined): string {
  const { bindAddress = defaultSettings.bindAddress, nodeIP = '', port } = readSettings(layout);
  if (bindAddress.startsWith('127.'))
    throw new CliError(
      `the API server listens on ${bindAddress}, where no other machine reaches it: start it again with "orrery up --bind-address 0.0.0.0"`,
    );
  if (wished !== undefined) return wished;
  const address = bindAddress === '0.0.0.0' ? nodeIP : bindAddress;
  if (address === '' || address.startsWith('127.'))
    throw new CliError(
      'this machine has no address that others reach: name one with --server https://ADDRESS:PORT, which "orrery up --node-ip" or "--tls-san" knows too',
    );
  return `https://${address}:${port}`;
}

export async function createToken(options: CreateOptions): Promise<void> {
  const format = outputFormat(options.output);
  const layout = layoutFor(options);
  const server = addressFor(layout, options.server);
  const settings = { ...defaultSettings, ...readSettings(layout) };
  const created = await asAdministrator(layout, async ({ client, authority }) => {
    await ensureJoining(client, { server, authority, ranges: settings });
    const token = newJoinToken(authorityDigest(authority), systemRandom);
    const endsAt = options.ttl === 0 ? undefined : systemClock.now() + options.ttl * 1000;
    await client.create(resources.secrets, tokenSecret(token, endsAt, options.description ?? ''));
    const command = `orrery agent --server ${server} --token ${printToken(token)}`;
    const expires = endsAt === undefined ? '' : new Date(endsAt).toISOString();
    return { id: token.id, token: printToken(token), server, expires, command };
  });
  await print(format, created, () => `${created.command}\n`);
  // Beside the output, so that the line can be handed on as it is.
  if (format === 'table')
    process.stderr.write(
      `Run this as root on the other machine${created.expires === '' ? '' : `, until ${created.expires}`}. Who has it may add nodes.\n`,
    );
}

export async function listTokens(options: Common): Promise<void> {
  const format = outputFormat(options.output);
  const rows = await asAdministrator(layoutFor(options), async ({ client }) => {
    const { namespace, type } = tokenPlace;
    return tokenRows(
      (await client.list<Secret>(resources.secrets, { namespace, fieldSelector: `type=${type}` })).items,
    );
  });
  const now = systemClock.now();
  await print(format, rows, () =>
    table(
      [
        { title: 'TOKEN', of: row => row.id },
        { title: 'EXPIRES', of: row => (row.expires === '' ? '<never>' : row.expires) },
        { title: 'STATE', of: row => (row.expires !== '' && Date.parse(row.expires) <= now ? 'expired' : 'valid') },
        { title: 'DESCRIPTION', of: row => row.description },
      ],
      rows,
      format,
    ),
  );
}

export async function deleteTokens(tokens: readonly string[], options: Common): Promise<void> {
  await asAdministrator(layoutFor(options), async ({ client }) => {
    for (const text of tokens) {
      const id = /^([a-z0-9]{6})(\..*)?$/.exec(text)?.[1];
      if (id === undefined)
        throw new CliError('a token is named by its first six characters: "orrery token list" shows them', 2);
      try {
        await client.delete(resources.secrets, secretNameOf(id), { namespace: tokenPlace.namespace });
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
        throw new CliError(`there is no token "${id}": "orrery token list" shows all`);
      }
      process.stdout.write(`deleted ${id}; nodes that joined with it stay\n`);
    }
  });
}

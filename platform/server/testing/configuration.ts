/** Configuration as an administrator writes it, and waiting until a platform has heard of it. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { eventually } from './people.ts';
import type { TestPlatform } from './platform.ts';

const namespace = 'kubesphere-system';

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');

/** A Secret of KubeSphere 4.x. YAML is a superset of JSON. */
export async function configure(
  client: Client,
  type: 'oauthclient' | 'identityprovider',
  content: { name: string } & object,
) {
  const name = `${type}-${content.name.toLowerCase()}`;
  await client.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'config.kubesphere.io/type': type } },
    type: `config.kubesphere.io/${type}`,
    data: { 'configuration.yaml': toBase64(JSON.stringify(content)) },
  } as never);
}

export const unconfigure = (client: Client, type: 'oauthclient' | 'identityprovider', name: string) =>
  client.delete(resources.secrets, `${type}-${name.toLowerCase()}`, { namespace });

/** The providers that a log-in page shows. */
export async function shownProviders(platform: TestPlatform): Promise<Record<string, unknown>[]> {
  const { body } = await platform.call('GET', '/kapis/config.kubesphere.io/v1alpha2/configs/oauth');
  return body['identityProviders'] as Record<string, unknown>[];
}

export async function untilShown(platform: TestPlatform, name: string, isShown = true): Promise<void> {
  await eventually(
    `${name} is ${isShown ? 'shown' : 'gone'}`,
    async () => (await shownProviders(platform)).some(provider => provider['name'] === name) === isShown,
  );
}

/** Where the cluster reaches the platform's webhooks. It calls without a name: the path is a secret that both share. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Random } from '@orrery/machinery/random';
import { isReason } from '@orrery/machinery/status';
import { getSecret, recordIn, secretOf } from '../identity/secrets.ts';

/** By address, or by a Service of the cluster that leads to it. */
export type AdmissionAddress =
  | { /** Scheme, host and port. */ readonly url: string }
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } };

export type AdmissionPlace = AdmissionAddress & {
  /** Certificates in PEM by which the cluster knows the platform there. */
  readonly certificateAuthority: string;
};

export type Admission = AdmissionPlace & {
  /** What paths of webhooks begin with. */
  readonly path: string;
};

/** How a webhook's configuration names the place. */
export const clientConfigOf = (place: AdmissionPlace, path: string): object => ({
  ...('url' in place ? { url: `${place.url}${path}` } : { service: { ...place.service, path } }),
  caBundle: btoa(place.certificateAuthority),
});

const name = 'webhook-path';
const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** One path for all replicas, made by the first. */
export async function ensureAdmission(client: Client, random: Random, place: AdmissionPlace): Promise<Admission> {
  for (;;) {
    const known = recordIn<{ token: string }>(await getSecret(client, name));
    if (known) return { ...place, path: `/admission/${known.token}` };
    try {
      await client.create(
        resources.secrets,
        secretOf(name, 'platform.orrery.io/webhook', {}, { token: hex(random.bytes(20)) }),
      );
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
  }
}

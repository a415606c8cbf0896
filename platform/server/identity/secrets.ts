/** Small records of the platform's own, kept as Secrets: only the platform reads them, and they are encrypted where Secrets are. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';

export interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

const recordKey = 'record';
const decoder = new TextDecoder();

export const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
export const fromBase64 = (text: string): string =>
  decoder.decode(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)));

export const secretOf = (name: string, type: string, labels: Record<string, string>, record: unknown): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: systemNamespace, labels },
  type,
  data: { [recordKey]: toBase64(JSON.stringify(record)) },
});

/** The record in a Secret; undefined when it is not one of ours. */
export function recordIn<T>(secret: Secret | undefined): T | undefined {
  const text = secret?.data?.[recordKey];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(fromBase64(text)) as T;
  } catch {
    return undefined;
  }
}

export const getSecret = (client: Client, name: string): Promise<Secret | undefined> =>
  orUndefined(client.get<Secret>(resources.secrets, name, { namespace: systemNamespace }));

/** True when this call removed it, false when it was gone: of two callers one is told true. */
export async function takeSecret(client: Client, { metadata: { name, uid } }: Secret): Promise<boolean> {
  try {
    await client.delete(resources.secrets, name!, { namespace: systemNamespace, preconditions: { uid } });
    return true;
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return false;
    throw error;
  }
}

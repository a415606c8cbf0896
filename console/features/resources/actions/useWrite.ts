/** Sends writes to the cluster's own API, as the user. */
import { useState } from 'react';
import { expectSuccess } from '@orrery/client';
import { readBody } from '@orrery/http';
import { useClusterData } from '../../../data/context.ts';
import type { Write } from './calls.ts';

export interface Writer {
  /** Rejects with the cluster's StatusError. */
  send(write: Write): Promise<unknown>;
  readonly pending: boolean;
}

export function useWrite(): Writer {
  const { native } = useClusterData();
  const [pending, setPending] = useState(false);
  return {
    pending,
    async send({ method, target, contentType, body }) {
      setPending(true);
      try {
        const response = await native.raw(method, target, {
          headers: { accept: 'application/json', 'content-type': contentType },
          body: new TextEncoder().encode(JSON.stringify(body)),
        });
        await expectSuccess(response);
        return JSON.parse(new TextDecoder().decode(await readBody(response.body))) as unknown;
      } finally {
        setPending(false);
      }
    },
  };
}

/** The webhooks that are configured now, in the order in which they are called: by configuration name, then as they stand in it. */
import type { MutatingWebhook } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Reader } from '../../types.ts';
import type { Expression } from '../expressions.ts';

/** One webhook. Validating ones have no reinvocation policy and are otherwise alike. */
export interface Hook {
  /** Tells webhooks of one name apart. */
  readonly uid: string;
  readonly configuration: string;
  readonly webhook: MutatingWebhook;
  /** Match conditions, compiled when they are first asked. */
  conditions?: readonly Expression[];
}

export type HookKind = 'mutating' | 'validating';

function hooksOf(configuration: KubeObject & { webhooks?: readonly MutatingWebhook[] }): Hook[] {
  const name = configuration.metadata.name!;
  const seen = new Map<string, number>();
  return (configuration.webhooks ?? []).map(webhook => {
    const count = seen.get(webhook.name) ?? 0;
    seen.set(webhook.name, count + 1);
    return { uid: `${name}/${webhook.name}/${count}`, configuration: name, webhook };
  });
}

/** Follows the configurations of one kind: what was written is in force when the write is answered. */
export class HookSource {
  readonly #byConfiguration = new Map<string, readonly Hook[]>();
  #hooks: readonly Hook[] = [];

  get hooks(): readonly Hook[] {
    return this.#hooks;
  }

  /** Resolves when what is stored is known. Call the result to stop. */
  start(kind: HookKind, reads: Pick<Reader, 'subscribe'>): Promise<() => void> {
    const resource = { group: 'admissionregistration.k8s.io', resource: `${kind}webhookconfigurations` };
    return reads.subscribe(resource, change => {
      if (change.type === 'delete') this.#byConfiguration.delete(change.name);
      else this.#byConfiguration.set(change.name, hooksOf(change.object()));
      const names = [...this.#byConfiguration.keys()].sort((a, b) => (a < b ? -1 : 1));
      this.#hooks = names.flatMap(name => this.#byConfiguration.get(name)!);
    });
  }
}

/** What of the catalogue somebody may not give, told before he tries: from the rules that the cluster says he has there. */
import type { Client } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { accessText, type Access } from '@orrery/platform-contract';
import { systemNamespaces, type PolicyRule } from '@orrery/platform-kinds';
import { accessesOf, type Place } from '../access/authorizer.ts';
import { allows } from '../access/covers.ts';

interface RulesReview extends KubeObject {
  spec: { namespace: string };
  status?: { resourceRules?: PolicyRule[]; incomplete?: boolean };
}

const reviews = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectrulesreviews' };
/** The question names a namespace in any case; in this one nobody is given roles. */
const nowhere = systemNamespaces[1]!;

/** The rules that the user has there; undefined where an authorizer cannot list all of them. */
export async function heldRules(client: Client, place: Place): Promise<readonly PolicyRule[] | undefined> {
  const namespace = place !== 'platform' && 'namespace' in place ? place.namespace : nowhere;
  const { status } = await client.create<RulesReview>(reviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: {},
    spec: { namespace },
  });
  return status?.incomplete ? undefined : (status?.resourceRules ?? []);
}

/** By name, the first right that `held` does not give at the place. `roles` says what each would come to there. Pure. */
export function missingIn(
  roles: Readonly<Record<string, readonly PolicyRule[]>>,
  held: readonly PolicyRule[],
  place: Place,
): Record<string, string> {
  const has = (access: Access) => held.some(rule => allows(rule, access));
  return Object.fromEntries(
    Object.entries(roles).flatMap(([name, rules]) => {
      const missing = rules.flatMap(rule => accessesOf(rule, place)).find(access => !has(access));
      return missing ? [[name, accessText(missing)]] : [];
    }),
  );
}

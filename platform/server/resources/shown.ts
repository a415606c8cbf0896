/** Annotations that KubeSphere adds to objects as they are read: computed from what else the user sees, stored nowhere. */
import type { KubeObject } from '@orrery/machinery/meta';
import { formatQuantity, parseQuantity, toNumber } from '@orrery/machinery/quantity';
import { amountsOf, isOver, measured } from './amounts.ts';
import type { Related } from './listings.ts';
import type { PodLike } from './pods.ts';
import type { Loose } from './states.ts';

type Shown = (object: Loose, related: Related) => Record<string, string>;

const prefix = 'node.kubesphere.io';
const percent = (part: number, whole: number): string =>
  whole > 0 ? `${Math.round((part / whole) * 10_000) / 100}%` : '0%';

const grouped = new WeakMap<Related, Map<string, Loose[]>>();

/** All pods are walked through once for a page of nodes. */
function podsByNode(related: Related): Map<string, Loose[]> {
  const known = grouped.get(related);
  if (known) return known;
  const byNode = Map.groupBy(related.list('pods'), pod => (pod as PodLike).spec?.nodeName ?? '');
  grouped.set(related, byNode);
  return byNode;
}

/** What the pods of a node ask for and may use, and how much of the node that is. */
const node: Shown = ({ metadata, status }, related) => {
  const amounts = amountsOf(podsByNode(related).get(metadata.name!) ?? []);
  const allocatable = (status?.['allocatable'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    measured.flatMap(name =>
      (['requests', 'limits'] as const).flatMap(kind => {
        const amount = amounts[kind][name]!;
        const whole = allocatable[name] === undefined ? 0 : toNumber(parseQuantity(allocatable[name]));
        return [
          [`${prefix}/${name}-${kind}`, formatQuantity(amount)],
          [`${prefix}/${name}-${kind}-fraction`, percent(toNumber(amount), whole)],
        ];
      }),
    ),
  );
};

const claim: Shown = ({ metadata, spec }, { list }) => {
  const isUsed = list('pods', metadata.namespace).some(
    pod =>
      !isOver(pod) &&
      (pod as PodLike).spec?.volumes?.some(
        ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === metadata.name,
      ),
  );
  const storage = list('storageclasses').find(({ metadata: { name } }) => name === spec?.['storageClassName']);
  const provisioner = (storage as { provisioner?: string } | undefined)?.provisioner;
  const snapshots = list('volumesnapshotclasses').some(found => (found as { driver?: string }).driver === provisioner);
  return {
    'kubesphere.io/in-use': String(isUsed),
    'kubesphere.io/allow-snapshot': String(provisioner !== undefined && snapshots),
  };
};

const storageClass: Shown = ({ metadata }, { list }) => ({
  'kubesphere.io/pvc-count': String(
    list('persistentvolumeclaims').filter(({ spec }) => spec?.['storageClassName'] === metadata.name).length,
  ),
});

const kinds: Readonly<Record<string, { readonly needs: readonly string[]; readonly shown: Shown }>> = {
  nodes: { needs: ['pods'], shown: node },
  persistentvolumeclaims: { needs: ['pods', 'storageclasses', 'volumesnapshotclasses'], shown: claim },
  storageclasses: { needs: ['persistentvolumeclaims'], shown: storageClass },
};

/** Which kinds must be at hand to show one of this kind. */
export const shownNeeds = (resource: string): readonly string[] =>
  Object.hasOwn(kinds, resource) ? kinds[resource]!.needs : [];

export function shownAs(resource: string, object: KubeObject, related: Related): KubeObject {
  if (!Object.hasOwn(kinds, resource)) return object;
  const added = kinds[resource]!.shown(object as Loose, related);
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...added } } };
}

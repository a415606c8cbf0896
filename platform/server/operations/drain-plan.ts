/** Which pods a drain evicts, which stay, and which forbid it: pure, in the manner of `kubectl drain`. */
import type { KubeObject } from '@orrery/machinery/meta';
import { isOver } from '../resources/amounts.ts';

export interface DrainWish {
  readonly force?: boolean;
  readonly deleteEmptyDirData?: boolean;
}

export interface DrainPlan {
  readonly evicted: readonly KubeObject[];
  /** Of DaemonSets, and static ones: they would be back at once. */
  readonly skipped: readonly KubeObject[];
  /** One sentence for each reason not to begin. */
  readonly problems: readonly string[];
}

interface Pod extends KubeObject {
  readonly spec?: { readonly volumes?: readonly { readonly emptyDir?: object }[] };
}

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const controllerOf = ({ metadata }: KubeObject) => metadata.ownerReferences?.find(({ controller }) => controller);
const named = (pods: readonly KubeObject[]): string =>
  pods.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`).join(', ');

export function planDrain(pods: readonly KubeObject[], { force, deleteEmptyDirData }: DrainWish): DrainPlan {
  const skipped = pods.filter(
    pod =>
      pod.metadata.annotations?.[mirrorAnnotation] !== undefined ||
      (controllerOf(pod)?.kind === 'DaemonSet' && !isOver(pod)),
  );
  const evicted = pods.filter(pod => !skipped.includes(pod));
  const alive = evicted.filter(pod => !isOver(pod));
  const alone = alive.filter(pod => controllerOf(pod) === undefined);
  const local = alive.filter(pod => (pod as Pod).spec?.volumes?.some(({ emptyDir }) => emptyDir !== undefined));
  const problems = [
    ...(alone.length > 0 && !force
      ? [`cannot delete Pods that declare no controller (use force): ${named(alone)}`]
      : []),
    ...(local.length > 0 && !deleteEmptyDirData
      ? [`cannot delete Pods with local storage (use deleteEmptyDirData): ${named(local)}`]
      : []),
  ];
  return { evicted, skipped, problems };
}

/** LimitRanges of a namespace: defaults on the way in, bounds at the end. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Pod } from '../authorization/pod-references.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts';
import type { Amounts, LimitRange } from './limits.ts';
import { applyDefaults, claimProblems, podProblems } from './limits.ts';
import { refuse } from './refuse.ts';

const rangesOf = async ({ reads, namespace }: AdmissionAttributes): Promise<LimitRange[]> =>
  (await reads.list({ group: '', resource: 'limitranges' }, namespace)).toSorted((a, b) =>
    a.metadata.name! < b.metadata.name! ? -1 : 1,
  );

type Claim = KubeObject & { spec?: { resources?: { requests?: Amounts } } };

const problemsOf = (attributes: AdmissionAttributes, range: LimitRange): string[] =>
  attributes.resource.resource === 'pods'
    ? podProblems(attributes.object as Pod, range)
    : claimProblems((attributes.object as Claim).spec?.resources?.requests ?? {}, range);

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  handles: (operation, { group, resource }, subresource) => {
    if (group !== '') return false;
    // The resources of a pod change only through its resize subresource.
    if (resource === 'pods')
      return (operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'resize');
    return (
      resource === 'persistentvolumeclaims' && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')
    );
  },
  async admit(attributes) {
    if (attributes.resource.resource !== 'pods' || attributes.operation !== 'CREATE') return;
    for (const range of await rangesOf(attributes)) applyDefaults(attributes.object as Pod, range);
  },
  async validate(attributes) {
    for (const range of await rangesOf(attributes)) {
      const problems = problemsOf(attributes, range);
      if (problems.length > 0)
        throw refuse(attributes, problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
    }
  },
};

/** What of a request goes into figures. Pure: whoever asks for names that there are not makes no new series. */
import type { Request } from '@orrery/http';
import type { AnyRoute } from '@orrery/platform-contract';
import type { Outcome } from '../happenings.ts';
import { aboutOf, verbOf } from '../audit/reference.ts';
import { parseTarget } from '../chain/target.ts';

export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Undefined for what is below no API group, as in KubeSphere. */
export function labelsOf(request: Request, { match, response }: Outcome): RequestLabels | undefined {
  if (match) return labelsOfRoute(request, match.route);
  // Names of a path count only where somebody knew them: anybody can ask for any.
  const isKnown = response.status < 400;
  const about = isKnown ? segmentsOf(request.target) : undefined;
  if (!about) return undefined;
  const { resource = '', apiGroup = '', apiVersion = '', name } = aboutOf(about).reference ?? {};
  if (apiGroup === '' && apiVersion === '') return undefined;
  return { verb: verbFor(request, name !== undefined), group: apiGroup, version: apiVersion, resource };
}

function labelsOfRoute(request: Request, { paths, permission }: AnyRoute): RequestLabels | undefined {
  const [, prefix, group = '', version = '', ...rest] = paths[0]!.split('/');
  if (prefix !== 'kapis' || group === '' || group.startsWith('{') || version === '') return undefined;
  const resource =
    permission.kind === 'grant' ? permission.resource : (rest.findLast(part => !part.startsWith('{')) ?? '');
  return { verb: verbFor(request, paths[0]!.endsWith('}')), group, version, resource };
}

const verbFor = ({ method, target }: Request, isNamed: boolean): string =>
  method === 'GET' && /[?&]watch=(true|1)(&|$)/.test(target) ? 'watch' : verbOf(method, isNamed);

/** Of native paths alone: those of extensions may say anything. */
function segmentsOf(target: string): string[] | undefined {
  try {
    const parsed = parseTarget(target);
    return parsed.kind === 'native' ? parsed.target.split('?')[0]!.split('/').slice(1) : undefined;
  } catch {
    return undefined;
  }
}

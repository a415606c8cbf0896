/** Keeps what is told of the parts of extensions: whether they count, and why not. */
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  type ExtensionApi,
  type ExtensionEntry,
  type InstallPlan,
  type JSBundle,
  type ReverseProxy,
} from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Informer } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { isOwnLink, linkOf } from './bundles.ts';
import type { Contents } from './content.ts';
import { placeOf } from './endpoint.ts';
import { byAge, judge, statusPatch, type Part } from './states.ts';

/** A sentence for what cannot be used; undefined for what can. */
type Problem<T> = (part: T, others: readonly T[]) => Promise<string | undefined> | string | undefined;

const sentence = (error: unknown): string => {
  if (error instanceof StatusError) return error.message;
  throw error;
};

const endpointProblem = (endpoint: Parameters<typeof placeOf>[0]): string | undefined => {
  try {
    placeOf(endpoint);
    return undefined;
  } catch (error) {
    return sentence(error);
  }
};

const before = <T extends Part>(part: T, others: readonly T[], isSame: (other: T) => boolean): T | undefined =>
  others.filter(other => other.metadata.name !== part.metadata.name && isSame(other) && byAge(other, part) < 0)[0];

export const apiProblem: Problem<ExtensionApi> = (part, others) => {
  const { group, version } = part.spec;
  const first = before(part, others, ({ spec }) => spec.group === group && spec.version === version);
  return first ? `${group}/${version} is already that of "${first.metadata.name}"` : endpointProblem(part.spec);
};

export const proxyProblem: Problem<ReverseProxy> = (part, others) => {
  const { path, method } = part.spec.matcher;
  const first = before(
    part,
    others,
    ({ spec }) => spec.matcher.path === path && (spec.matcher.method === method || spec.matcher.method === '*'),
  );
  return first ? `${path} is already that of "${first.metadata.name}"` : endpointProblem(part.spec.upstream);
};

const entryProblem: Problem<ExtensionEntry> = (part, others) => {
  for (const { name } of part.spec.entries ?? []) {
    const first = before(part, others, ({ spec }) => spec.entries?.some(entry => entry.name === name) === true);
    if (first) return `the entry "${name}" is already one of "${first.metadata.name}"`;
  }
  return undefined;
};

const bundleProblem =
  (contents: Contents): Problem<JSBundle> =>
  async (part, others) => {
    const link = linkOf(part);
    if (!isOwnLink(part, link)) return `link begins with /dist/ and the name of the extension, not as ${link} does`;
    const first = before(part, others, other => linkOf(other) === link);
    if (first) return `${link} is already that of "${first.metadata.name}"`;
    return contents.script(part).then(() => undefined, sentence);
  };

/** Looked at again, for what lies elsewhere may come and go. */
const againMs = 30_000;

function keep<T extends Part>(
  { client, informers, clock }: PlatformContext,
  resource: GroupVersionResource,
  name: string,
  problem: Problem<T>,
  linkFor?: (part: T) => string,
): ControllerOptions {
  const parts = informers.of<T>(resource);
  const plans = informers.of<InstallPlan>(platformResources.installplans);
  const all = () => parts.list().map(({ metadata }) => metadata.name!);
  return {
    name,
    // Whoever goes may have stood in the way of another.
    sources: [watchOf(parts, ({ after }) => (after ? [after.metadata.name!] : all())), watchOf(plans, all)],
    async reconcile(key) {
      const part = parts.get(key);
      if (!part || part.metadata.deletionTimestamp !== undefined) return undefined;
      const judged = judge(part, planOf(part, plans), await problem(part, parts.list()));
      const patch = statusPatch(
        part,
        judged,
        new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
        linkFor?.(part),
      );
      if (patch) await client.patch(resource, key, 'merge', patch);
      return judged.state === 'Unavailable' ? { requeueAfterMs: againMs } : undefined;
    },
  };
}

const planOf = ({ metadata }: Part, plans: Informer<InstallPlan>): InstallPlan | undefined =>
  plans.get(metadata.labels?.[labels.extension] ?? '');

export const partControllers = (context: PlatformContext, contents: Contents): ControllerOptions[] => [
  keep<ExtensionApi>(context, platformResources.extensionApis, 'platform-extension-apis', apiProblem),
  keep<ReverseProxy>(context, platformResources.reverseproxies, 'platform-reverse-proxies', proxyProblem),
  keep<ExtensionEntry>(context, platformResources.extensionentries, 'platform-extension-entries', entryProblem),
  keep<JSBundle>(context, platformResources.jsbundles, 'platform-js-bundles', bundleProblem(contents), linkOf),
];

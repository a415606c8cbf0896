/** Every write of these pages as a value: the request that is sent, and what one would type instead (pure). */
import { pathOf, withQuery } from '@orrery/client';
import { parseApiVersion, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute } from '@orrery/platform-contract';
import { operations as routes } from '@orrery/platform-contract/features';

/** An object's place in the API. */
export interface Place extends GroupVersionResource {
  readonly name: string;
  /** Absent for kinds of the whole cluster. */
  readonly namespace?: string;
}

export interface Write {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly target: string;
  readonly contentType: string;
  readonly body: unknown;
  /** The same by kubectl. */
  readonly kubectl: string;
}

const json = 'application/json';
const merge = 'application/merge-patch+json';

/** The group and version come from the object when the address did not tell them. */
export const placeOf = (object: KubeObject, { group, version, resource }: GroupVersionResource): Place => ({
  ...(version === '' ? parseApiVersion(object.apiVersion ?? '') : { group, version }),
  resource: resource.split('.')[0]!,
  name: object.metadata.name ?? '',
  ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
});

const kubectl = ({ namespace }: Pick<Place, 'namespace'>, ...words: string[]): string =>
  ['kubectl', ...(namespace ? ['-n', namespace] : []), ...words].join(' ');

/** What kubectl calls a resource: with its group where the name alone may mean several. */
export const kubectlType = ({ group, resource }: Pick<Place, 'group' | 'resource'>): string =>
  group === '' || group === 'apps' || group === 'batch' ? resource : `${resource}.${group}`;

const of = (place: Place): string => `${kubectlType(place)}/${place.name}`;

const patch = (place: Place, body: unknown, text: string, subresource?: string): Write => ({
  method: 'PATCH',
  target: pathOf(place, { ...place, ...(subresource && { subresource }) }),
  contentType: merge,
  body,
  kubectl: text,
});

export const scaled = (place: Place, replicas: number): Write =>
  patch(place, { spec: { replicas } }, kubectl(place, 'scale', of(place), `--replicas=${replicas}`), 'scale');

/** As `kubectl rollout restart`: the template is stamped with the time (RFC 3339). */
export const restarted = (place: Place, now: string): Write =>
  patch(
    place,
    { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now } } } } },
    kubectl(place, 'rollout', 'restart', of(place)),
  );

export const suspended = (place: Place, suspend: boolean): Write =>
  patch(place, { spec: { suspend } }, kubectl(place, 'patch', of(place), '-p', quoted({ spec: { suspend } })));

export const cordoned = (place: Place, unschedulable: boolean): Write =>
  patch(
    place,
    { spec: { unschedulable: unschedulable ? true : null } },
    kubectl(place, unschedulable ? 'cordon' : 'uncordon', place.name),
  );

const defaultMark = 'storageclass.kubernetes.io/is-default-class';

export function madeDefault(place: Place, isDefault: boolean): Write {
  const body = { metadata: { annotations: { [defaultMark]: String(isDefault) } } };
  return patch(place, body, kubectl(place, 'patch', of(place), '-p', quoted(body)));
}

/** Dependents go afterwards, as kubectl does it. */
export const deleted = (place: Place): Write => ({
  method: 'DELETE',
  target: pathOf(place, place),
  contentType: json,
  body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
  kubectl: kubectl(place, 'delete', of(place)),
});

interface Checking {
  readonly dryRun?: boolean;
}

const checked = (path: string, { dryRun }: Checking): string =>
  withQuery(path, { fieldManager: 'orrery-console', fieldValidation: 'Strict', ...(dryRun && { dryRun: 'All' }) });

export const created = (object: KubeObject, place: Place, options: Checking = {}): Write => ({
  method: 'POST',
  target: checked(pathOf(place, { ...(place.namespace && { namespace: place.namespace }) }), options),
  contentType: json,
  body: object,
  kubectl: kubectl(place, 'create', '-f', 'FILE'),
});

/** With the resourceVersion that it was read at, so that somebody else's change is not lost. */
export const replaced = (object: KubeObject, place: Place, options: Checking = {}): Write => ({
  method: 'PUT',
  target: checked(pathOf(place, place), options),
  contentType: json,
  body: object,
  kubectl: kubectl(place, 'replace', '-f', 'FILE'),
});

/** The route of the platform at `path`, with the values of an object's place. */
const routeAt = (path: string, { namespace = '', name }: Place): string =>
  path.replace('{namespace}', encodeURIComponent(namespace)).replace('{name}', encodeURIComponent(name));

const rollbacks: Readonly<Record<string, AnyRoute>> = {
  deployments: routes.rollBackDeployment,
  statefulsets: routes.rollBackStatefulSet,
  daemonsets: routes.rollBackDaemonSet,
};

/** Back to an earlier revision: the platform knows where each kind keeps its templates. */
export const rolledBack = (place: Place, revision: number): Write => ({
  method: 'POST',
  target: routeAt(rollbacks[place.resource]!.paths[0]!, place),
  contentType: json,
  body: { revision },
  kubectl: kubectl(place, 'rollout', 'undo', of(place), `--to-revision=${revision}`),
});

/** The Job once more, under its own name; only if it is still the one that was looked at. */
export const ranAgain = (place: Place, resourceVersion: string): Write => ({
  method: 'POST',
  target: withQuery(routeAt(routes.rerunJob.paths[0]!, place), { action: 'rerun', resourceVersion }),
  contentType: json,
  body: {},
  kubectl: kubectl(place, 'replace', '--force', '-f', 'FILE'),
});

const quoted = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", `'\\''`)}'`;

/** For a shell; the token is the reader's own. */
export function curlOf({ method, target, contentType, body }: Write, origin: string): string {
  const lines = [
    `curl -X ${method} ${quotedText(`${origin}${target}`)}`,
    `-H "Authorization: Bearer $TOKEN"`,
    ...(body === undefined ? [] : [`-H 'Content-Type: ${contentType}'`, `-d ${quoted(body)}`]),
  ];
  return lines.join(' \\\n  ');
}

const quotedText = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A name for what has one already: at most 52 letters, so that its pods' names fit. */
export const nameLike = (name: string, suffix: string): string => `${name.slice(0, 51 - suffix.length)}-${suffix}`;

/**
 * The seams of the API server: what a request is about, and what authentication, authorization, admission and the resources'
 * own rules plug in. Everything here is data and function types; the parts are wired in `server.ts`.
 */
import type { Handler, Request, Response, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import type { Store } from '@orrery/store';
import type { Callout } from './callout/callout.ts';
import type { Metrics } from './metrics/registry.ts';

/** What a request is about (apiserver `request.RequestInfo`). */
export interface RequestInfo {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `proxy`; for other paths the HTTP method in lower case. */
  readonly verb: string;
  /** False for paths such as `/version` and discovery: authorization then looks at `path` and `verb`. */
  readonly isResourceRequest: boolean;
  /** The decoded path without the query. */
  readonly path: string;
  /** `api` or `apis`; empty for other paths. */
  readonly apiPrefix: string;
  /** Empty for core. */
  readonly apiGroup: string;
  readonly apiVersion: string;
  /** Plural; empty when the path names none. */
  readonly resource: string;
  readonly subresource: string;
  /** Empty for cluster-scoped requests and lists over all namespaces. */
  readonly namespace: string;
  readonly name: string;
  /** What follows the subresource: the rest of a proxied path. Empty when there is none, else without the leading slash. */
  readonly rest: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/**
 * Says who makes a request: undefined when it carries no credentials this authenticator knows.
 * @throws StatusError 401 for credentials that are bad.
 */
export type Authenticator = (request: Request) => Promise<UserInfo | undefined>;

/** What the authorizer decides on (`authorizer.Attributes`). */
export interface AuthorizationAttributes {
  readonly verb: string;
  readonly isResourceRequest: boolean;
  readonly path: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface Decision {
  readonly decision: 'allow' | 'deny' | 'no-opinion';
  readonly reason: string;
}

/** `no-opinion` from the last authorizer means denied. */
export type Authorizer = (user: UserInfo, attributes: AuthorizationAttributes) => Promise<Decision>;

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A kind or resource with its group and version. */
export interface AdmissionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface AdmissionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** One write on its way through admission (`admission.Attributes`). */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  readonly kind: AdmissionKind;
  readonly resource: AdmissionResource;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Plug-ins may change it in place during `admit`, or replace it. Absent for DELETE. */
  object?: KubeObject;
  /** Frozen. For UPDATE and DELETE. */
  readonly oldObject?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** CreateOptions, UpdateOptions, DeleteOptions; for CONNECT the query as an options object. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly userAgent: string;
  readonly reads: Reader;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** What plug-ins that call others in remember between the two rounds of `admit`. */
  readonly reinvocation: Reinvocation;
  /** Adds a `Warning` header to the answer. */
  warn(text: string): void;
  /** Adds an annotation to the audit record. */
  annotate(key: string, value: string): void;
}

/** All `admit` run a second time, once, when somebody from outside changed the object (`admission.ReinvocationContext`). */
export interface Reinvocation {
  /** True in the second round. */
  isReinvoke: boolean;
  /** Set by a plug-in that changed the object after others had seen it. */
  needed: boolean;
  /** By the name of the plug-in. */
  readonly state: Map<string, unknown>;
}

/** A resource with the kind of its objects, or of its subresource's. */
export interface ServedResource {
  readonly resource: AdmissionResource;
  readonly kind: AdmissionKind;
  readonly namespaced: boolean;
}

/** Which resources are served, and how the stored form of an object becomes that of a served version. */
export interface Served {
  /** All resources whose objects are the same, under whatever group and version; the given one is among them. */
  equivalents(resource: AdmissionResource, subresource: string): readonly ServedResource[];
  /** Undefined when no such kind is served. */
  byKind(kind: AdmissionKind): ServedResource | undefined;
  /** An object in its stored form (or one of a subresource) as a served version shows it, with kind and apiVersion. Shares parts with it. */
  show(
    object: KubeObject,
    own: Pick<ServedResource, 'resource' | 'kind'>,
    form: Pick<ServedResource, 'resource' | 'kind'>,
  ): Promise<KubeObject>;
  /** The inverse of {@link show}: decoded, with defaults, as objects of the write are. @throws StatusError 500 for what is no such object */
  take(
    shown: KubeObject,
    own: Pick<ServedResource, 'resource' | 'kind'>,
    form: Pick<ServedResource, 'resource' | 'kind'>,
  ): Promise<KubeObject>;
  /** A configuration laid over an object that {@link show} made. @throws Error in upstream's words when it does not fit */
  lay(shown: KubeObject, configuration: KubeObject, form: Pick<ServedResource, 'resource' | 'kind'>): KubeObject;
}

/** All `admit` run in order, then all `validate`. Both refuse by throwing a StatusError. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Limits the plug-in to these writes; absent means all. Cheap: asked before the attributes are built. */
  handles?(operation: AdmissionOperation, resource: { group: string; resource: string }, subresource: string): boolean;
  admit?(attributes: AdmissionAttributes): Promise<void> | void;
  validate?(attributes: AdmissionAttributes): Promise<void> | void;
}

/** A resource without its version: what is stored is the same for all of them. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** A stored object that appeared, changed or went. */
export interface StoredChange {
  readonly type: 'put' | 'delete';
  readonly namespace: string;
  readonly name: string;
  /** The new object of a put, the last one of a delete; parsed when asked for, then frozen and kept. */
  object(): KubeObject;
  /** The object before, when there was one. */
  previous(): KubeObject | undefined;
}

/** Stored objects in process, without authorization. Objects are frozen and shared. */
export interface Reader {
  /** Undefined when it does not exist. Objects are parsed once per revision. */
  get(resource: GroupResource, namespace: string, name: string): Promise<KubeObject | undefined>;
  /** All of a namespace, or of all when `namespace` is empty. */
  list(resource: GroupResource, namespace?: string): Promise<KubeObject[]>;
  /** Replays what exists as puts, then tells every change in order. Resolves when the replay is done. Call the result to stop. */
  subscribe(resource: GroupResource, listener: (change: StoredChange) => void): Promise<() => void>;
}

/** What a strategy may look at while it works. */
export interface WriteContext {
  readonly user: UserInfo;
  readonly nowMs: number;
  readonly random: Random;
  readonly dryRun: boolean;
  readonly reads: Reader;
  warn(text: string): void;
}

/** What a delete of a gracefully ending object becomes; undefined means delete at once. */
export interface GracefulDeletion {
  readonly gracePeriodSeconds: number;
}

/** The rules of one subresource that updates part of an object, usually `status`. */
export interface SubresourceStrategy {
  /** Returns the object to store: the old one with the part this subresource may change. Both are plain; `object` may be changed. */
  prepareForUpdate(object: KubeObject, old: KubeObject, context: WriteContext): KubeObject;
  validateUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): readonly FieldError[];
}

/** The special rules of a resource (registry `RESTCreateStrategy` and friends). What is absent follows the generic rule. */
export interface Strategy {
  /** A new object starts with the empty status of its kind, whatever the client sent. */
  readonly resetsStatus?: boolean;
  /** Clears what clients may not set, sets generation. `object` is changed in place. Runs after mutating admission. */
  prepareForCreate?(object: KubeObject, context: WriteContext): void;
  /** Keeps what clients may not change, increases generation. `object` is changed in place. */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): void;
  /** Runs after the schema of the kind was checked. Errors become a 422 answer. */
  validate?(object: KubeObject, context: WriteContext): readonly FieldError[];
  validateUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): readonly FieldError[];
  /**
   * Checks that come last and may take long: they let others run in between. `found` is what the other checks found; `old` is undefined for
   * a new object.
   */
  judge?(
    object: KubeObject,
    old: KubeObject | undefined,
    found: readonly FieldError[],
    context: WriteContext,
  ): Promise<readonly FieldError[]>;
  /** Normal form, after validation. */
  canonicalize?(object: KubeObject): void;
  /** A PUT to a name that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** A PUT without resourceVersion is accepted; true unless said otherwise. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Beside `metadata.name` and `metadata.namespace`. Every name that may be selected must be present, if only as ''. */
  selectableFields?(object: KubeObject): Record<string, string>;
  /** `requested` is undefined when the client named no grace period. */
  gracefulDelete?(object: KubeObject, requested: number | undefined): GracefulDeletion | undefined;
  /** What garbage collection does when a delete names no propagation policy; `background` unless said otherwise. */
  readonly defaultGarbageCollection?: 'orphan' | 'background' | 'unsupported';
  /** Finalizers outside the metadata that still hold an object which is being deleted. */
  heldBy?(object: KubeObject): boolean;
  /** Changes an object, in place, that is about to be marked as being deleted. */
  onDeletion?(object: KubeObject, nowMs: number): void;
  /** A delete answers with the deleted object rather than with a Status. */
  readonly returnsDeleted?: boolean;
  /** Milliseconds after which a written object goes away by itself. */
  readonly timeToLiveMs?: number;
  /** Warnings for a written object. */
  warnings?(object: KubeObject, old: KubeObject | undefined, context: WriteContext): readonly string[];
  /** Subresources that update a part of the object, by name. */
  readonly subresources?: Readonly<Record<string, SubresourceStrategy>>;
}

/** Called when a write is over, with whether it was stored. Takes back or finally frees what was reserved. */
export type Finish = (stored: boolean) => void | Promise<void>;

/** Reservations outside the object itself, such as service addresses. They run after admission and validation, just before the write. */
export interface WriteHooks {
  /** They run before the object's own rules instead, which then judge what was reserved too. */
  readonly beforeRules?: boolean;
  /** May change the object. A throw refuses the write. */
  beginCreate?(object: KubeObject, context: WriteContext): Promise<Finish | undefined>;
  beginUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): Promise<Finish | undefined>;
  /** After the object is gone. */
  afterDelete?(object: KubeObject, context: WriteContext): Promise<void> | void;
}

/** What an endpoint that stores nothing is told. */
export interface ActionContext extends WriteContext {
  readonly info: RequestInfo;
  readonly request: Request;
}

/** A create that answers without storing: reviews and tokens. The result is served with status 201. */
export type Action = (object: KubeObject, context: ActionContext) => Promise<KubeObject>;

/** What the parts are built from. */
export interface PartsContext {
  readonly store: Store;
  readonly reads: Reader;
  readonly served: Served;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly callout: Callout;
  /** The server itself, as `system:apiserver` in `system:masters`: every place of the chain but the credential check. */
  readonly loopback: Handler;
}

/** What the security half of the server supplies. Absent parts let everything through (authorization) or nobody in (authentication). */
export interface ServerParts {
  readonly authenticator?: Authenticator;
  readonly authorizer?: Authorizer;
  readonly admission?: readonly AdmissionPlugin[];
  /** Creates that store nothing, by `group/resource`, e.g. `authentication.k8s.io/tokenreviews`, or `/serviceaccounts/token` for a subresource of core. */
  readonly actions?: Readonly<Record<string, Action>>;
  /** By `group/resource`, e.g. `/services`. */
  readonly writeHooks?: Readonly<Record<string, WriteHooks>>;
  /** An APIService stands for every group version, as long as it is served. */
  readonly registersGroups?: boolean;
  /** Paths outside the API groups, e.g. `/openid/v1/jwks`; they pass the chain. */
  readonly paths?: Readonly<Record<string, (request: Request) => Promise<Response>>>;
  /** Writes what every cluster has (through `loopback`). Runs once the server answers; `readyz` waits for it. */
  bootstrap?(): Promise<void>;
  close?(): Promise<void> | void;
}

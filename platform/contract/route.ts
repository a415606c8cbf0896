/** One operation of the REST surface as data. Everything else - router, client, OpenAPI, permission matrix - is derived from it. */
import type { Grant, Permission, Scope } from './access.ts';
import type { ParametersOf } from './path.ts';
import type { Schema } from './schema.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Route<P extends string = string, Q = unknown, B = unknown, A = unknown> {
  readonly id: string;
  readonly feature: string;
  readonly method: Method;
  /** The same operation at all its addresses, the preferred one first. */
  readonly paths: readonly P[];
  readonly summary: string;
  readonly permission: Permission;
  readonly query?: Schema<Q>;
  /** Query keys that are not declared are let through, as filters of lists. */
  readonly openQuery?: true;
  readonly body?: Schema<B>;
  /** The body is a form instead of JSON. */
  readonly form?: true;
  readonly answer?: Schema<A>;
  /** 200 unless given. */
  readonly status?: number;
  /** Statuses beside those that every route may answer with (400, 401, 403, 500). */
  readonly errors?: readonly number[];
  /** Its stream looks after the right it stands on by itself: it is not cut when the user loses some right or other. */
  readonly rechecks?: true;
  /** For paths that nothing else has: it does not make them known for other methods. */
  readonly fallback?: true;
  /** Usable by somebody who must change his password first. */
  readonly beforeNewPassword?: true;
  /** Usable by somebody whom a provider vouches for and who has no account yet, whatever the permission. */
  readonly beforeAccount?: true;
  /** Of public routes: who is logged in is told all the same. */
  readonly knowsCaller?: true;
}

export type AnyRoute = Route;
export type ParametersOfRoute<R> = R extends Route<infer P> ? ParametersOf<P> : never;
export type QueryOf<R> = R extends { readonly query?: Schema<infer Q> }
  ? unknown extends Q
    ? Record<never, never>
    : Q
  : never;
export type BodyOf<R> = R extends { readonly body?: Schema<infer B> } ? (unknown extends B ? undefined : B) : never;
export type AnswerOf<R> = R extends { readonly answer?: Schema<infer A> } ? A : never;

type Given<P extends string, Q, B, A> = Omit<
  Route<P, Q, B, A>,
  'id' | 'feature' | 'method' | 'paths' | 'summary' | 'permission'
>;

/** Routes of one feature below one group: `below('users', 'iam.kubesphere.io', ['v1beta1', 'v1alpha2'])`. */
export const below =
  (feature: string, group: string, versions: readonly string[]) =>
  <const P extends string, Q = unknown, B = unknown, A = unknown>(
    id: string,
    method: Method,
    path: P,
    summary: string,
    permission: Permission,
    given: Given<P, Q, B, A> = {},
  ): Route<P, Q, B, A> => ({
    id,
    feature,
    method,
    // The prefix has no parameters, so the type of the path below it is the type of the whole.
    paths: versions.map(version => `/kapis/${group}/${version}${path}` as P),
    summary,
    permission,
    ...given,
  });

/** Routes of one feature at paths of their own. */
export const at =
  (feature: string) =>
  <const P extends string, Q = unknown, B = unknown, A = unknown>(
    id: string,
    method: Method,
    paths: readonly P[],
    summary: string,
    permission: Permission,
    given: Given<P, Q, B, A> = {},
  ): Route<P, Q, B, A> => ({ id, feature, method, paths, summary, permission, ...given });

/** A permission by grant: `grant('workspace', 'create', 'tenant.kubesphere.io', 'namespaces')`. */
export const grant = (
  scope: Scope,
  verb: string,
  group: string,
  resource: string,
  more: Pick<Grant, 'name' | 'self'> = {},
): Grant => ({ kind: 'grant', scope, verb, group, resource, ...more });

export const anybody: Permission = { kind: 'public' };
export const login: Permission = { kind: 'login' };
export const filtered: Permission = { kind: 'filtered' };

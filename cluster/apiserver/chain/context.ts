/** One request on its way down the chain. */
import type { Request, Response, UserInfo } from '@orrery/http';
import type { RequestInfo } from '../types.ts';
import type { Query } from './query.ts';

export interface RequestContext {
  readonly request: Request;
  readonly info: RequestInfo;
  readonly query: Query;
  readonly auditId: string;
  readonly receivedMs: number;
  /** Nobody before authentication; the impersonated user after impersonation. */
  user: UserInfo;
  /** Who really asks, when somebody else is impersonated. */
  impersonator?: UserInfo;
  /** Texts of `Warning` headers, each once. */
  readonly warnings: Set<string>;
  /** Headers that every answer to this request carries. */
  headers?: Readonly<Record<string, string>>;
  /** Annotations of the audit record. */
  readonly annotations: Record<string, string>;
  /** The object of a write as the client sent it, for audit at level Request. */
  requestObject?: unknown;
}

/** Answers a request, or throws a StatusError. */
export type Endpoint = (context: RequestContext) => Promise<Response>;

/** One place of the chain. */
export type Filter = (next: Endpoint) => Endpoint;

export const nobody: UserInfo = { name: '', groups: [] };

/** The reviews that an API server sends to webhooks: `admission.k8s.io/v1` and `apiextensions.k8s.io/v1`. */
import type { Handler, UserInfo } from '@orrery/http';
import type { GroupVersionKind, GroupVersionResource, KubeObject } from '@orrery/machinery/meta';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionRequest<T extends KubeObject = KubeObject> {
  readonly uid: string;
  readonly kind: GroupVersionKind;
  readonly resource: GroupVersionResource;
  readonly subResource?: string;
  /** What the client asked for, before the server converted it to what the webhook wants. */
  readonly requestKind?: GroupVersionKind;
  readonly requestResource?: GroupVersionResource;
  readonly requestSubResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: Operation;
  readonly userInfo: Partial<Omit<UserInfo, 'name'>> & { readonly username?: string };
  /** Absent (or null) for DELETE. */
  readonly object?: T | null;
  /** Absent (or null) for CREATE. */
  readonly oldObject?: T | null;
  readonly dryRun?: boolean;
  readonly options?: object | null;
}

export interface AdmissionResult {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
}

/** Everything of `AdmissionResponse` but the uid; `patch` not yet encoded. */
export interface AdmissionVerdict {
  readonly allowed: boolean;
  readonly status?: AdmissionResult;
  readonly patch?: readonly object[];
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** A path and what answers there; what {@link Handler} it makes together with others is `webhookHandler`'s concern. */
export interface Webhook {
  readonly path: string;
  readonly handler: Handler;
}

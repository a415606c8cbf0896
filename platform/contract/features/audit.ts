/** The trail of what was done, at KubeSphere's path; its proof; and where a cluster sends its own. */
import { anybody, below, filtered, grant } from '../route.ts';
import { flag, integer, list, oneOf, optional, record, text, object } from '../schema.ts';

const route = below('audit', 'tenant.kubesphere.io', ['v1alpha2']);
const own = below('audit', 'auditing.orrery.io', ['v1alpha1']);

/** A Kubernetes audit Event (audit.k8s.io/v1) and what KubeSphere adds to it. */
export interface AuditEvent {
  level: 'Metadata' | 'Request' | 'RequestResponse';
  auditID: string;
  stage: string;
  requestURI: string;
  verb: string;
  user: { username: string; groups?: string[] };
  impersonatedUser?: { username: string; groups?: string[] };
  sourceIPs?: string[];
  userAgent?: string;
  objectRef?: {
    resource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
    apiVersion?: string;
    subresource?: string;
  };
  responseStatus?: { code?: number; status?: string; reason?: string; message?: string };
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
  Workspace: string;
  Cluster: string;
  Devops: string;
  Message: string;
}

const event = object<AuditEvent>('Event');
const seconds = (what: string) => optional(text(`${what}, in seconds since 1970`, 16));
const words = (what: string) => optional(text(`${what}; several, separated by commas`, 1024));

/** `_filter`: one of these, exactly; `_search`: has one of these in it, upper and lower case alike. */
const query = record({
  operation: optional(oneOf('query', 'statistics', 'histogram')),
  workspace_filter: words('workspaces'),
  workspace_search: words('parts of the workspace'),
  cluster_filter: words('clusters'),
  objectref_namespace_filter: words('projects'),
  objectref_namespace_search: words('parts of the project'),
  objectref_name_filter: words('names of objects'),
  objectref_name_search: words('parts of the name'),
  level_filter: words('levels'),
  verb_filter: words('verbs'),
  user_filter: words('users'),
  user_search: words('parts of the user'),
  group_search: words('parts of a group of the user'),
  source_ip_search: words('parts of the address'),
  objectref_resource_filter: words('plural names of kinds'),
  objectref_subresource_filter: words('subresources'),
  response_code_filter: words('statuses of HTTP'),
  response_status_filter: words('Success or Failure'),
  start_time: seconds('not before'),
  end_time: seconds('not after'),
  interval: optional(text('of the histogram, such as 15m', 16)),
  sort: optional(oneOf('asc', 'desc')),
  from: optional(integer(0)),
  size: optional(integer(0)),
});

const chain = record({
  chain: text('its id'),
  first: integer(),
  last: integer(),
  startTime: text(),
  endTime: text(),
  head: text('the hash of the last record: who keeps it elsewhere sees what is cut off'),
});

export const audit = {
  events: route(
    'audit.events',
    'GET',
    '/auditing/events',
    'What was done in the workspaces and projects that the user may see: records, numbers, or numbers over time',
    filtered,
    {
      query,
      answer: record({
        query: optional(record({ total: integer(), records: list(event) })),
        statistics: optional(record({ resources: integer(), events: integer() })),
        histogram: optional(record({ total: integer(), buckets: list(record({ time: integer(), count: integer() })) })),
      }),
      errors: [429],
    },
  ),
  verify: own(
    'audit.verify',
    'GET',
    '/verification',
    'Whether every record holds the hash of the one before, and the first place where one does not',
    grant('platform', 'get', 'auditing.kubesphere.io', 'chains'),
    {
      answer: record({
        intact: flag(),
        records: integer(),
        lost: integer(),
        chains: list(chain),
        problem: optional(record({ chain: text(), number: integer(), why: text() })),
      }),
    },
  ),
  take: own(
    'audit.take',
    'POST',
    '/events',
    'For the audit webhook of a cluster: an EventList of audit.k8s.io, with the token of the Secret `orrery-audit-webhook`',
    anybody,
    { errors: [413, 503] },
  ),
};

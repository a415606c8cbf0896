/** Attack cases on the API server, and the tests that show each. Names stand in the files as they do here, up to what a test fills in. */

export interface AttackCase {
  readonly id: string;
  /** What is tried. */
  readonly attack: string;
  readonly shown: readonly { readonly file: string; readonly tests: readonly string[] }[];
  /** What no test shows yet. */
  readonly missing?: string;
}

const api = 'cluster/apiserver';

export const attackCases: readonly AttackCase[] = [
  {
    id: 'A1',
    attack: 'Traversal and encodings in names, namespaces and subresources',
    shown: [
      { file: `${api}/hostile.test.ts`, tests: ['a name is one segment: '] },
      { file: `${api}/chain/request-info.test.ts`, tests: ['/api/v1/namespaces/%61/pods/x%2Fy'] },
    ],
    missing: 'a property over random Unicode in targets',
  },
  {
    id: 'A2',
    attack: 'Cluster-scoped objects through a namespaced path, and the other way round',
    shown: [
      { file: `${api}/crd/crd.test.ts`, tests: ['scope is kept: no cluster-scoped object through a namespace, and the other way round'] },
      { file: `${api}/hostile.test.ts`, tests: ['a resource is found only at its own scope'] },
    ],
  },
  {
    id: 'A3',
    attack: 'Reading another kind of the same group',
    shown: [{ file: `${api}/attacks.test.ts`, tests: ['a right to one kind of a group shows no other kind of it'] }],
  },
  {
    id: 'A4',
    attack: 'Upgrades that fail leave a connection to the other side',
    shown: [
      { file: `${api}/proxy/connect.test.ts`, tests: ['exec switches protocols end to end'] },
      { file: 'base/http/node/http1.test.ts', tests: ['an upgrade that is refused is an ordinary answer on a connection that ends'] },
    ],
    missing: 'what is sent behind an upgrade that a kubelet refuses',
  },
  {
    id: 'A5',
    attack: 'Redirects that are followed with credentials',
    shown: [
      { file: 'base/client/node/connect.test.ts', tests: ['redirects are not followed'] },
      { file: `${api}/proxy/connect.test.ts`, tests: ['proxies hand on exactly what follows in the path'] },
      { file: `${api}/admission/webhooks/hostile.test.ts`, tests: ['a redirect'] },
      { file: `${api}/crd/conversion.test.ts`, tests: ['a redirect'] },
    ],
  },
  {
    id: 'A6',
    attack: 'Proxying to loopback, link-local and metadata addresses',
    shown: [{ file: `${api}/proxy/connect.test.ts`, tests: ['the server never connects to '] }],
  },
  {
    id: 'A7',
    attack: 'Impersonation without the right for each attribute, or by tricks with headers',
    shown: [
      { file: `${api}/attacks.test.ts`, tests: ['every attribute needs a right of its own', 'headers that are named as belonging to the connection count all the same'] },
      { file: `${api}/chain/chain.test.ts`, tests: ['impersonation needs a permission for each part, and replaces the whole identity'] },
    ],
    missing: 'bearer tokens in WebSocket protocols: they are not accepted, which no test shows',
  },
  {
    id: 'A8',
    attack: 'Front-proxy headers from somebody else; one authority taken for another',
    shown: [
      {
        file: 'cluster/embedded/identity.test.ts',
        tests: [
          'name users over real connections; nobody else does, and they themselves are nobody',
          'a certificate is of the authority that signed it, not of one with the same name',
        ],
      },
      { file: 'base/http/node/server.test.ts', tests: ['without a client CA no certificate is believed', 'a session resumed under a new client CA brings no former verdict along'] },
    ],
  },
  {
    id: 'A9',
    attack: 'Granting more than one holds: escalate, bind, aggregated roles, wildcards, subresources',
    shown: [
      { file: `${api}/authorization/rbac.test.ts`, tests: ['what a rule allows', 'nobody grants more than they hold', 'what rules include'] },
      { file: `${api}/security.test.ts`, tests: ['nobody grants what they do not hold'] },
      { file: `${api}/hostile.test.ts`, tests: ['who may update but not create cannot create by an update'] },
    ],
    missing: 'widening an aggregated role through its labels',
  },
  {
    id: 'A10',
    attack: 'A node that reaches beyond itself and its pods',
    shown: [
      {
        file: `${api}/admission/node-restriction.test.ts`,
        tests: [
          'a node writes itself only, and neither taints nor foreign labels nor owners',
          'a node creates its own mirror pods only, which refer to nothing',
          'a node touches only the pods that it runs',
          'a node asks for tokens of its pods, for their audiences',
          'leases, CSI nodes and claims',
        ],
      },
      { file: `${api}/authorization/node.test.ts`, tests: ['a node reads what its own pods refer to, as long as they are its own', 'what else a node may do'] },
      { file: `${api}/security.test.ts`, tests: ['a node reaches what its pods need and no more'] },
    ],
  },
  {
    id: 'A11',
    attack: 'Writes that admission does not see as they will be stored',
    shown: [
      {
        file: `${api}/admission/webhooks/fields.test.ts`,
        tests: [
          'mutating webhooks are asked in order of name and place, each sees what the others did, defaults are filled after each',
          'deletes, collections, generated names and connections',
          'dry run: webhooks with side effects are not asked, and the write is refused',
          'scale is shown as Scale and may be changed',
          'what a webhook makes of the envelope is checked like any write',
        ],
      },
      { file: `${api}/admission/pod-security/plugin.test.ts`, tests: ['of a pod that exists only what matters is judged again'] },
    ],
    missing: 'ephemeral containers and server-side apply before policies',
  },
  {
    id: 'A12',
    attack: 'Bodies that cost more than they weigh; names that JavaScript gives a meaning',
    shown: [
      {
        file: `${api}/hostile.test.ts`,
        tests: [
          'bodies nested without end are the client’s fault',
          'YAML aliases do not multiply, and many keys cost no more than their length',
          'names of the language are ordinary keys',
        ],
      },
      { file: `${api}/serve/yaml-input.test.ts`, tests: ['a body of brackets is refused before the library spends seconds on it'] },
      { file: 'base/machinery/patch.test.ts', tests: ['JSON patch: a member called __proto__ stays data'] },
      { file: 'base/http/node/server.test.ts', tests: ['bodies beyond the limit are refused with upstream'] },
    ],
  },
  {
    id: 'A13',
    attack: 'Patterns, expressions and selectors that run for ever',
    shown: [
      { file: 'base/machinery/regexp.test.ts', tests: ['expressions that make others run for ever end here'] },
      { file: 'base/machinery/cel/bounds.test.ts', tests: ['too long, too deep, too many in a row', 'work is counted while it runs, also where costs are not'] },
      { file: `${api}/crd/crd.test.ts`, tests: ['a definition with many rules lets others run while it is checked'] },
      { file: `${api}/crd/validate.test.ts`, tests: ['a schema and a value that keep each other busy are given up'] },
    ],
  },
  {
    id: 'A14',
    attack: 'Slow, idle and greedy clients; floods',
    shown: [
      { file: 'base/http/node/http1.test.ts', tests: ['slow clients are cut off: no head, an unfinished head, an unfinished body, idle after a request'] },
      { file: 'base/http/node/lean-connection.test.ts', tests: ['a head that is dribbled is cut off in time', 'a client that asks and does not read is asked to wait'] },
      { file: 'base/http/node/http2.test.ts', tests: ['HTTP/2: more streams than granted wait or are refused, and none is lost'] },
      { file: `${api}/registry/watch.test.ts`, tests: ['a watcher that does not read is closed when it owes too much; others go on'] },
      { file: `${api}/attacks.test.ts`, tests: ['watches that nobody reads cost little, and a closed server ends them'] },
      { file: `${api}/fairness/fairness.test.ts`, tests: ['the flood of one tenant starves neither another nor leader election, and is told to come again'] },
    ],
    missing: 'rapid resets of HTTP/2 streams; memory under ten thousand watches',
  },
  {
    id: 'A15',
    attack: 'Forged continue tokens, games with versions and limits',
    shown: [
      { file: `${api}/attacks.test.ts`, tests: ['forged continue tokens show nothing of other places'] },
      { file: `${api}/registry/known-issues.test.ts`, tests: ['20221: a watch from a version of the future is told neither events nor bookmarks before it'] },
      { file: `${api}/registry/watch.test.ts`, tests: ['a version that is no longer kept is told as an ERROR event'] },
    ],
  },
  {
    id: 'A16',
    attack: 'Poisoned discovery; conversions that change what they may not',
    shown: [
      { file: `${api}/crd/conversion.test.ts`, tests: ['is 500 and breaks nothing', 'labels and annotations may be converted, the rest of the metadata is kept'] },
      { file: `${api}/crd/crd.test.ts`, tests: ['built-in kinds cannot be taken over'] },
    ],
    missing: 'discovery of aggregated servers, which do not exist here yet',
  },
  {
    id: 'A17',
    attack: 'Tokens that are forged, over, for others, or of what is gone',
    shown: [
      { file: `${api}/authentication/jwt.test.ts`, tests: ['forged and foreign tokens are no tokens'] },
      {
        file: `${api}/authentication/authentication.test.ts`,
        tests: ['a token tells what it is for, and is accepted while all it is bound to exists', 'what ends a token', 'tokens kept in Secrets end with their Secret'],
      },
      { file: `${api}/security.test.ts`, tests: ['a pod of a service account speaks with its token until it is gone'] },
      { file: 'cluster/embedded/identity.test.ts', tests: ['stand for who its claims say, when they pass every rule'] },
    ],
  },
  {
    id: 'A18',
    attack: 'What nobody in particular may see',
    shown: [{ file: `${api}/attacks.test.ts`, tests: ['nobody in particular sees health, the version and nothing else'] }],
  },
  {
    id: 'A19',
    attack: 'Secrets and credentials in audit records',
    shown: [
      { file: `${api}/attacks.test.ts`, tests: ['records hold neither credentials nor the contents of Secrets, and say who really asked'] },
      { file: `${api}/chain/chain.test.ts`, tests: ['audit: refused credentials are recorded, and never shown'] },
    ],
  },
  {
    id: 'A20',
    attack: 'Owners in other namespaces, or of the same name, that take objects along',
    shown: [
      {
        file: 'cluster/controllers/garbage.test.ts',
        tests: ['an owner in another namespace is none, and that is said', 'an owner that never was is as good as gone; a uid counts, not a name'],
      },
    ],
  },
];

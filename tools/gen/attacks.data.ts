/** Attack cases on the API server and the platform, and the tests that show each. Names stand in the files as they do here, up to what a test fills in. */

export interface AttackCase {
  readonly id: string;
  /** What is tried. */
  readonly attack: string;
  readonly shown: readonly { readonly file: string; readonly tests: readonly string[] }[];
  /** What no test shows yet. */
  readonly missing?: string;
}

const api = 'cluster/apiserver';
const platform = 'platform/server';

export const attackCases: readonly AttackCase[] = [
  {
    id: 'A1',
    attack: 'Traversal and encodings in names, namespaces and subresources',
    shown: [
      {
        file: `${api}/hostile.test.ts`,
        tests: ['a name is one segment: ', 'whatever a target looks like, what is shown is what was authorized, and nothing fails'],
      },
      {
        file: `${api}/chain/request-info.test.ts`,
        tests: ['/api/v1/namespaces/%61/pods/x%2Fy', 'any characters in names are read as they were written, and move nothing else'],
      },
    ],
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
      { file: `${api}/proxy/connect.test.ts`, tests: ['exec switches protocols end to end', 'behind an upgrade that a kubelet answers with '] },
      { file: 'base/http/node/http1.test.ts', tests: ['an upgrade that is refused is an ordinary answer on a connection that ends'] },
    ],
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
      {
        file: `${api}/authentication/websocket-token.test.ts`,
        tests: ['a token among the protocols of a WebSocket: ', 'what another server is asked for holds no token, whoever the request is from'],
      },
      { file: `${api}/proxy/connect.test.ts`, tests: ['a token among the protocols of a WebSocket stays here'] },
    ],
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
      { file: `${api}/attacks.test.ts`, tests: ['an aggregated role is widened by nobody who does not hold what it would gain'] },
    ],
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
      {
        file: `${api}/admission/bypass.test.ts`,
        tests: [
          'an ephemeral container is judged like any: ',
          'a pod that is applied is judged like one that is created: ',
          'policies see what an apply makes of the object, with what others own, and what it was',
        ],
      },
    ],
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
      { file: `${api}/crd/bodies.test.ts`, tests: ['a definition with many rules lets others run while it is checked'] },
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
      { file: 'base/http/node/http2-resets.test.ts', tests: ['HTTP/2: whoever opens streams and resets them '] },
      { file: 'base/http/node/gate.test.ts', tests: ['those who left count until their turn: too many are told'] },
      { file: `${api}/registry/watch.test.ts`, tests: ['a watcher that does not read is closed when it owes too much; others go on'] },
      { file: `${api}/attacks.test.ts`, tests: ['ten thousand watches cost a few kilobytes each, and share the bytes of what they are told', 'watches that nobody reads cost little, and a closed server ends them'] },
      { file: `${api}/fairness/fairness.test.ts`, tests: ['the flood of one tenant starves neither another nor leader election, and is told to come again'] },
    ],
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
      {
        file: `${api}/aggregation/aggregation.test.ts`,
        tests: ['what another server claims beyond its group version is not told', 'discovery that would break its readers is not handed on: '],
      },
    ],
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
  {
    id: 'L1',
    attack: 'OAuth: redirections to others, missing state, PKCE, codes used twice, mix-up, addresses and names that take an account over',
    shown: [
      {
        file: `${platform}/oauth/oauth.test.ts`,
        tests: [
          'nothing is sent to ',
          'a program gets a code by redirection, good once, for it alone',
          'a public client must prove with its code who asked for it',
          'tokens of other keys, algorithms and times are not believed',
        ],
      },
      {
        file: `${platform}/oauth/openid.test.ts`,
        tests: [
          'is refused, and told to the program with its state',
          'L1: a question that stands twice goes nowhere',
          'L1: a code used twice ends what it had opened',
          'L1: an id_token opens nothing here',
          'a program lets no other program in, though it has a token of the user',
        ],
      },
      {
        file: `${platform}/oauth/tokens.test.ts`,
        tests: ['L1: after a log-out the browser goes where the program said before, and nowhere else'],
      },
      {
        file: `${platform}/providers/providers.test.ts`,
        tests: [
          'L1: only the browser that began a log-in ends it, once, at the provider it began with',
          'L1: what the browser brings must be the provider’s own: codes, verifiers and issuers of others are not',
          'L1: a name that the provider gives out opens no account that is here',
        ],
      },
      {
        file: `${platform}/providers/mapping.test.ts`,
        tests: ['L1: mixed takes over no account with a password', 'L1: an address that was not verified', 'L1: after a log-in '],
      },
      { file: `${platform}/providers/oidc.test.ts`, tests: ['L1: an id_token with '] },
      { file: `${platform}/config/config.test.ts`, tests: ['be sent to '] },
    ],
  },
  {
    id: 'L2',
    attack: 'Names that are filters for a directory, binds without a password, answers of CAS with a second user in them',
    shown: [
      { file: `${platform}/providers/ldap.test.ts`, tests: ['is let in by no directory'] },
      { file: `${platform}/providers/mapping.test.ts`, tests: ['L2: a success in a failure', 'L2: two users', 'L2: a comment in a name'] },
    ],
    missing: 'SAML, which is not served',
  },
  {
    id: 'L3',
    attack: 'Guessing passwords, locking others out, telling by time or answer who has an account',
    shown: [
      {
        file: `${platform}/login/limits.test.ts`,
        tests: [
          'L3: so many failures close it',
          'L3: an attack from everywhere closes the door to strangers',
          'L3: not even when the attack comes from the same address',
          'L3: what somebody says of himself is not believed',
        ],
      },
      {
        file: `${platform}/login/login.test.ts`,
        tests: [
          'L3: after so many failures the door is closed on every replica, also for the right password',
          'L3: whoever fails locks out himself: who has been here before comes in, what is open stays open',
          'L3: a browser that was used before comes in from anywhere, also from where the attack comes from',
          'L3: a name that nobody has looks like one that somebody has',
          'L3: a name that nobody has takes the same requests of the cluster',
          'L3: the own password is not to be guessed by whoever has a session',
        ],
      },
      { file: `${platform}/identity/identity.test.ts`, tests: ['a flood of log-ins is turned away, not queued', 'texts are compared to their end'] },
    ],
  },
  {
    id: 'L4',
    attack: 'Becoming the first administrator, default passwords',
    shown: [
      { file: `${platform}/oauth/oauth.test.ts`, tests: ['the first password is random, told once, and good enough'] },
      { file: `${platform}/identity/identity.test.ts`, tests: ['a random password fits the rule, and is never the same'] },
      { file: `${platform}/attacks.test.ts`, tests: ['L4: of two that find an empty cluster one tells a password, and it is the one that opens'] },
    ],
  },
  {
    id: 'L5',
    attack: 'Reading the key that signs tokens; a key for ever, or one for all installations',
    shown: [
      { file: `${platform}/oauth/oauth.test.ts`, tests: ['the key is readable by no route and no member'] },
      { file: `${platform}/identity/keys.test.ts`, tests: ['L5: keys: '] },
      {
        file: `${platform}/oauth/tokens.test.ts`,
        tests: ['L5: a new key signs at once everywhere, old tokens are believed; without the Secret they are not'],
      },
      { file: `${platform}/providers/providers.test.ts`, tests: ['L5: secrets of providers are in Secrets alone'] },
      { file: `${platform}/attacks.test.ts`, tests: ['L5: no list, search, record or native call shows the key that signs, to whoever has no secrets of the system'] },
    ],
  },
  {
    id: 'L6',
    attack: 'Cookies that scripts read or other sites use, sessions planted before a log-in, WebSockets from elsewhere',
    shown: [
      { file: `${platform}/oauth/oauth.test.ts`, tests: ['the console logs in by a cookie that scripts and other sites cannot use'] },
      { file: `${platform}/login/login.test.ts`, tests: ['L6: a log-in makes a session of its own, whatever cookie was there before'] },
      { file: `${platform}/oauth/openid.test.ts`, tests: ['L6: by a page of ours'] },
      { file: `${platform}/stream/stream.test.ts`, tests: ['who may open a stream: not nobody, not another site with our cookie, not without a WebSocket'] },
    ],
  },
  {
    id: 'L7',
    attack: 'Tokens in addresses, logs and audit records',
    shown: [
      {
        file: `${platform}/providers/providers.test.ts`,
        tests: ['L7: no token stands in an address on the way', 'L7: nothing that opens a door stands in the log, or in the cluster’s audit'],
      },
      { file: `${platform}/audit/audit.test.ts`, tests: ['L7 nothing that is secret stands in a record, whatever the level'] },
      { file: `${platform}/audit/parts.test.ts`, tests: ['L7 left out: ', 'L7 values in addresses are left out'] },
      { file: `${platform}/kubeconfig/kubeconfig.test.ts`, tests: ['it opens the cluster’s API and nothing else, and is for oneself'] },
    ],
    missing: 'crash dumps',
  },
  {
    id: 'R1',
    attack: 'Addresses inside, in all their spellings; names that change, redirections inside, other protocols, line breaks',
    shown: [
      {
        file: `${platform}/egress/egress.test.ts`,
        tests: [
          'R1: nothing is asked of ',
          'is no address to ask',
          'R1: a line break in a header is refused before anything is sent',
          'R1: a name is looked up once, and the address that was judged is the one that is asked',
          'R1: a name that also stands for an address inside is closed whole',
          'R1: a redirection is judged like a first request',
        ],
      },
    ],
  },
  {
    id: 'R2',
    attack: 'Learning from errors, or from the time they take, what is inside',
    shown: [
      {
        file: `${platform}/egress/egress.test.ts`,
        tests: [
          'R2: what the server says, and why it did not, stands in no error',
          'R2: a closed door answers at the same times as an absent one',
        ],
      },
      { file: `${platform}/providers/providers.test.ts`, tests: ['R2: what a provider answers stands in no answer of ours'] },
    ],
  },
  {
    id: 'R3',
    attack: 'Credentials that follow a redirection to another host',
    shown: [
      {
        file: `${platform}/egress/egress.test.ts`,
        tests: [
          'R3: credentials go to the host and port they were given for, and nowhere else',
          'R3: credentials that were dropped on the way do not come back with the way back',
          'R3: a body is not handed on to another host, a form that was taken in is not sent twice',
        ],
      },
    ],
  },
  {
    id: 'R4',
    attack: 'Reaching pods, services and nodes through the platform',
    shown: [
      {
        file: `${platform}/egress/egress.test.ts`,
        tests: [
          'a wide network of the list leaves the cluster closed',
          'a name of the list cannot become the cluster',
          'R4: where only the list counts, the internet is closed too',
          'R4: a platform that does not know its cluster connects to nothing',
        ],
      },
      { file: `${platform}/providers/ldap.test.ts`, tests: ['R4: a directory where the platform may not connect to is not asked'] },
    ],
  },
  {
    id: 'P1',
    attack: 'Every route of the platform, asked by every kind of user about what is not his',
    shown: [
      {
        file: `${platform}/matrix.test.ts`,
        tests: [
          'the permission matrix is as agreed',
          'every path of a route asks for the same as its first',
          'whoever may not see a thing cannot tell whether it is there',
        ],
      },
      { file: `${platform}/departments/departments.test.ts`, tests: ['departments of another workspace are not there'] },
      { file: `${platform}/attacks.test.ts`, tests: ['looks at, follows, changes and removes nothing of w1 by the native API'] },
      {
        file: `${platform}/clusters/matrix.test.ts`,
        tests: [
          'what is of one cluster is by the rights there, as agreed',
          'what is of the platform is by the rights on the host: who rules a member rules nothing of it',
          'who does not see the cluster is told of every route what he is told where there is none',
        ],
      },
    ],
  },
  {
    id: 'P2',
    attack: 'Names and numbers of other tenants in lists, counts, searches, recordings and errors',
    shown: [
      {
        file: `${platform}/resources/tenants.test.ts`,
        tests: [
          'P2 P3 ',
          'P2 numbers of overviews are the tenant’s own',
          'P2 whether a thing of others is there cannot be told',
        ],
      },
      {
        file: `${platform}/search/search.test.ts`,
        tests: ['P2 search finds and counts nothing of other tenants'],
      },
      { file: `${platform}/search/table.test.ts`, tests: ['only what may be seen is found, counted and looked at'] },
      {
        file: `${platform}/audit/audit.test.ts`,
        tests: [
          'P2 records, numbers and statistics are of what one may see: other workspaces and projects leave no trace',
          'P2 a name that was somebody else’s before shows nothing of the time before',
        ],
      },
      {
        file: `${platform}/terminal/journey.test.ts`,
        tests: ['P2 recordings are for who was there, and for who may look into the project; nobody else knows of them'],
      },
      {
        file: `${platform}/metrics/metrics.test.ts`,
        tests: [
          'P2 no label holds a name of a person, a workspace or a project',
          'what nobody knows makes no series: anybody could make any number',
        ],
      },
    ],
  },
  {
    id: 'P3',
    attack: 'Selectors, filters, orders and words of a search that reach around the tenant',
    shown: [
      { file: `${platform}/resources/tenants.test.ts`, tests: ['P2 P3 '] },
      { file: `${platform}/search/search.test.ts`, tests: ['P3 no text of a search leads out of the tenant'] },
    ],
    missing: 'queries of metrics and logs, which are not served yet',
  },
  {
    id: 'P4',
    attack: 'Rights that stay in a project which moves to another workspace',
    shown: [
      {
        file: `${platform}/tenancy/move.test.ts`,
        tests: [
          'a project that moves is at once nobody’s of the old workspace, natively and where they are looking',
          'whoever manages both workspaces moves projects; a label that an administrator sets does the same',
          'a move that was begun while the platform was away is brought to its end',
        ],
      },
    ],
    missing: 'tokens of service accounts that somebody took along: they are the project’s own',
  },
  {
    id: 'P5',
    attack: 'Sessions that outlive an account, its membership or its role',
    shown: [
      { file: `${platform}/journey.test.ts`, tests: ['an open watch ends with the right to it, and with the session'] },
      {
        file: `${platform}/departments/departments.test.ts`,
        tests: [
          'who leaves a department loses what came of it, also where he is looking',
          'a department’s roles are given and taken, and act on its members at once',
        ],
      },
      {
        file: `${platform}/roles/roles.test.ts`,
        tests: ['a role in the cluster: its members see what it says, until it is taken'],
      },
      { file: `${platform}/attacks.test.ts`, tests: ['P5: a removed account loses its watch, its stream and its session', 'P5: who leaves a group of elsewhere loses what came of it, also where he is looking'] },
    ],
  },
  {
    id: 'P6',
    attack: 'Giving oneself more: by roles, templates, bindings, departments, labels and quotas',
    shown: [
      {
        file: `${platform}/roles/escalation.test.ts`,
        tests: [
          'managing roles is no way to a greater one, by rules or by templates',
          'managing roles of a workspace is no way to its projects',
          'managing members of the cluster is no way to become its admin',
          'the admin of a project reaches no further than the project, by no role he writes',
        ],
      },
      {
        file: `${platform}/departments/departments.test.ts`,
        tests: ['nobody is put where he would have more than who puts him there, and no name is stolen'],
      },
      {
        file: `${platform}/roles/catalogue.test.ts`,
        tests: ['no template of a project changes what the project is, or lifts its holder'],
      },
      {
        file: `${platform}/quotas/quotas.test.ts`,
        tests: [
          'who is limited sees the limit, and does not set it',
          'the limit holds over all projects together, however many ask at once',
          'a pod that says nothing of what is limited is refused',
        ],
      },
      { file: `${platform}/attacks.test.ts`, tests: ['P6: no way to more by ', 'P6: the role of a binding that is there does not change natively', 'P6: no project waits at '] },
      {
        file: `${platform}/market/market.test.ts`,
        tests: ['P6: an extension does not go where people of a workspace would have its tokens'],
      },
    ],
  },
  {
    id: 'P8',
    attack: 'Rights of one cluster used in another; names of clusters that lead elsewhere',
    shown: [
      { file: `${platform}/features.test.ts`, tests: ['a feature of somebody else is one manifest, like ours'] },
      { file: `${platform}/attacks.test.ts`, tests: ['P8: nothing is asked of a cluster for ', 'P8: a token of the cluster opens nothing at the platform, nor one of the platform in the cluster'] },
      { file: `${platform}/chain/chain.test.ts`, tests: ['could be read in two ways and is refused'] },
      {
        file: `${platform}/clusters/member.test.ts`,
        tests: [
          'a cluster is looked at before it is taken in',
          'who is let into the cluster itself rules there, and nowhere else',
          'a kubeconfig leads to it too, and the audit tells of which cluster something was done',
          'another kubeconfig leads to the same cluster, or is refused',
        ],
      },
      {
        file: `${platform}/clusters/member/wire.test.ts`,
        tests: [
          'it leads nowhere that the rules of the platform do not allow, whatever name stands for it',
          'of an answer only what is of it comes back, and nothing that a browser acts on',
        ],
      },
      { file: `${platform}/clusters/member/kubeconfig.test.ts`, tests: ['refused: '] },
    ],
  },
  {
    id: 'O1',
    attack: 'Records that are put in, changed or washed away; questions that cost too much',
    shown: [
      {
        file: `${platform}/audit/audit.test.ts`,
        tests: ['O1 the webhook takes records from the cluster alone, and nobody speaks there as the audit itself'],
      },
      {
        file: `${platform}/audit/parts.test.ts`,
        tests: ['it is seen when ', 'who fails without end is counted, others are recorded all the same', 'a full disk holds nobody up'],
      },
    ],
    missing: 'logs and metrics, which are not served yet',
  },
  {
    id: 'C4',
    attack: 'Files of containers: ways up, links, devices and sizes in archives, names that are commands',
    shown: [
      {
        file: `${platform}/terminal/files/files.test.ts`,
        tests: [
          'C4 an archive of a container brings no ',
          'C4 a long name of GNU is looked at too, and a global head is nothing',
          'C4 what is too large, broken or no archive ends',
          'C4 inside "a" the entry ',
          'C4 the path ',
          'C4 no form ',
        ],
      },
      {
        file: `${platform}/terminal/journey.test.ts`,
        tests: [
          'C4 files come out of a container whole and without what leads elsewhere',
          'C4 files go into a container by name, never beside the folder; large ones in pieces',
        ],
      },
    ],
  },
  {
    id: 'C5',
    attack: 'Sequences that reach the clipboard or the title; recordings that hold secrets, or that somebody changed',
    shown: [
      {
        file: `${platform}/terminal/recording/recording.test.ts`,
        tests: [
          'C5 what a recording shows: ',
          'C5 cut anywhere: ',
          'C5 whoever changes, drops or swaps what is stored is seen',
        ],
      },
      {
        file: `${platform}/terminal/journey.test.ts`,
        tests: [
          'every terminal is recorded as it was seen; what was typed unseen is nowhere',
          'C5 a recording that somebody changed says so; one that is deleted is gone whole',
        ],
      },
    ],
    missing: 'the live screen of the console',
  },
];

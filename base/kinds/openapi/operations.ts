/** The paths of a resource with their operations: what upstream's installer registers, as data. */
import type { KindInfo, Subresource } from '../catalogue.ts';
import type { Operation, Parameter, Path } from './document.ts';

const query = (type: Parameter['type'], ...names: string[]): Parameter[] =>
  names.map(name => ({ name, in: 'query', type }));
const path = (...names: string[]): Parameter[] => names.map(name => ({ name, in: 'path', type: 'string' }));
const byName = (parameters: Parameter[]): Parameter[] => parameters.sort((a, b) => (a.name < b.name ? -1 : 1));

const pretty = query('string', 'pretty');
const listing = byName([
  ...query('string', 'continue', 'fieldSelector', 'labelSelector', 'resourceVersion', 'resourceVersionMatch'),
  ...query('integer', 'limit', 'timeoutSeconds'),
  ...query('boolean', 'sendInitialEvents'),
]);
const watching = byName([...listing, ...query('boolean', 'allowWatchBookmarks', 'watch')]);
const deleting = byName([
  ...query('string', 'dryRun', 'propagationPolicy'),
  ...query('integer', 'gracePeriodSeconds'),
  ...query('boolean', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents'),
]);
const writing = query('string', 'dryRun', 'fieldManager', 'fieldValidation');
const patching = [...writing, ...query('boolean', 'force')];

const anything = ['*/*'];
const objects = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf', 'application/cbor'];
const streams = [
  ...objects,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/cbor-seq',
];
const patches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
];

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const status = `${meta}Status`;

/** Names the definitions of a resource: of the kind, its list, and what a subresource carries. */
export interface DefinitionNames {
  readonly object: string;
  readonly list: string;
  of(subresource: Subresource): string;
  /** Query parameters of a connected subresource, from its options kind. */
  options(subresource: Subresource): readonly Parameter[];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `rbac.authorization.k8s.io` is `RbacAuthorization`; core is `Core`. */
export const groupWord = (group: string): string =>
  group === ''
    ? 'Core'
    : group
        .replace(/\.k8s\.io$/, '')
        .split('.')
        .map(capital)
        .join('');

/** The tag of a group version's operations: `rbacAuthorization_v1`. */
export const tagOf = ({ group, version }: { group: string; version: string }): string => {
  const word = groupWord(group);
  return `${word.charAt(0).toLowerCase()}${word.slice(1)}_${version}`;
};

export const prefixOf = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

interface Draft {
  readonly info: KindInfo;
  readonly names: DefinitionNames;
  /** `AppsV1`. */
  readonly word: string;
  /** `Namespaced` or nothing. */
  readonly scope: string;
}

const simple = (draft: Draft, fields: Partial<Operation> & Pick<Operation, 'method' | 'id' | 'action'>): Operation => ({
  kind: { group: draft.info.group, version: draft.info.version, kind: draft.info.kind },
  parameters: [],
  consumes: anything,
  produces: objects,
  answers: [200, 401],
  answer: draft.names.object,
  ...fields,
});

function collection(draft: Draft): Operation[] {
  const { info, names, word, scope } = draft;
  const has = (verb: string): boolean => info.verbs.includes(verb);
  const operations: Operation[] = [];
  if (has('deletecollection')) {
    operations.push(
      simple(draft, {
        method: 'delete',
        id: `delete${word}Collection${scope}${info.kind}`,
        action: 'deletecollection',
        body: { definition: `${meta}DeleteOptions`, required: false },
        parameters: byName([...deleting, ...listing]),
        answer: status,
      }),
    );
  }
  if (has('list')) operations.push(listOperation(draft, `list${word}${scope}${info.kind}`));
  if (has('create')) {
    operations.push(
      simple(draft, {
        method: 'post',
        id: `create${word}${scope}${info.kind}`,
        action: 'post',
        body: { definition: names.object, required: true },
        parameters: writing,
        answers: [200, 201, 202, 401],
      }),
    );
  }
  return operations;
}

const listOperation = (draft: Draft, id: string): Operation =>
  simple(draft, {
    method: 'get',
    id,
    action: 'list',
    parameters: watching,
    produces: streams,
    answer: draft.names.list,
  });

function single(draft: Draft): Operation[] {
  const { info, names, word, scope } = draft;
  const has = (verb: string): boolean => info.verbs.includes(verb);
  const tail = `${word}${scope}${info.kind}`;
  const operations: Operation[] = [];
  if (has('delete')) {
    operations.push(
      simple(draft, {
        method: 'delete',
        id: `delete${tail}`,
        action: 'delete',
        body: { definition: `${meta}DeleteOptions`, required: false },
        parameters: deleting,
        answers: [200, 202, 401],
        answer: info.deleteReturnsObject ? names.object : status,
      }),
    );
  }
  if (has('get')) operations.push(simple(draft, { method: 'get', id: `read${tail}`, action: 'get' }));
  if (has('patch')) operations.push(patchOperation(draft, `patch${tail}`, names.object));
  if (has('update')) operations.push(replaceOperation(draft, `replace${tail}`, names.object));
  return operations;
}

const patchOperation = (draft: Draft, id: string, answer: string): Operation =>
  simple(draft, {
    method: 'patch',
    id,
    action: 'patch',
    body: { definition: `${meta}Patch`, required: true },
    parameters: patching,
    consumes: patches,
    answers: [200, 201, 401],
    answer,
  });

const replaceOperation = (draft: Draft, id: string, definition: string): Operation =>
  simple(draft, {
    method: 'put',
    id,
    action: 'put',
    body: { definition, required: true },
    parameters: writing,
    answers: [200, 201, 401],
    answer: definition,
  });

/** Where a path has one operation only, upstream writes the parameters at the path. */
const withoutParameters = (operation: Operation): Operation => ({ ...operation, parameters: [] });

const connectMethods: readonly (readonly [Operation['method'], string])[] = [
  ['delete', 'delete'],
  ['get', 'get'],
  ['head', 'get'],
  ['options', 'get'],
  ['patch', 'patch'],
  ['post', 'create'],
  ['put', 'update'],
];

const isConnected = ({ kind }: Subresource): boolean => /^(Pod|Service|Node)\w+Options$/.test(kind.kind);

function connected(draft: Draft, subresource: Subresource, withPath: boolean): Operation[] {
  const { info, word, scope } = draft;
  const all = subresource.name === 'proxy';
  return connectMethods
    .filter(([method, verb]) => subresource.verbs.includes(verb) && (all || method === 'get' || method === 'post'))
    .map(([method]) => ({
      method,
      id: `connect${word}${capital(method)}${scope}${info.kind}${capital(subresource.name)}${withPath ? 'WithPath' : ''}`,
      action: 'connect',
      kind: subresource.kind,
      parameters: [],
      consumes: anything,
      produces: anything,
      answers: [200, 401],
    }));
}

function subresourceOperations(draft: Draft, subresource: Subresource): Operation[] {
  const { info, names, word, scope } = draft;
  const tail = `${word}${scope}${info.kind}${capital(subresource.name)}`;
  const definition = names.of(subresource);
  const has = (verb: string): boolean => subresource.verbs.includes(verb);
  const own: Draft = { ...draft, info: { ...info, ...subresource.kind } };
  const operations: Operation[] = [];
  if (subresource.name === 'log') {
    return [
      {
        ...simple(own, { method: 'get', id: `read${tail}`, action: 'get', produces: ['text/plain', ...objects] }),
        answer: undefined,
      },
    ];
  }
  if (has('get')) operations.push(simple(own, { method: 'get', id: `read${tail}`, action: 'get', answer: definition }));
  if (has('patch')) operations.push(patchOperation(own, `patch${tail}`, definition));
  if (has('create')) {
    operations.push(
      simple(own, {
        method: 'post',
        id: `create${tail}`,
        action: 'post',
        body: { definition, required: true },
        answers: [200, 201, 202, 401],
        answer: definition,
      }),
    );
  }
  if (has('update')) operations.push(replaceOperation(own, `replace${tail}`, definition));
  return operations;
}

const logParameters = byName([
  ...query('string', 'container', 'stream'),
  ...query('boolean', 'follow', 'insecureSkipTLSVerifyBackend', 'previous', 'timestamps'),
  ...query('integer', 'limitBytes', 'sinceSeconds', 'tailLines'),
]);

function subresourcePaths(draft: Draft, at: string, parameters: Parameter[], subresource: Subresource): Path[] {
  const here = `${at}/${subresource.name}`;
  if (!isConnected(subresource)) {
    const more = subresource.name === 'log' ? logParameters : [];
    const alone = subresource.verbs.length === 1 && subresource.verbs[0] !== 'get';
    const operations = subresourceOperations(draft, subresource);
    return [
      {
        path: here,
        parameters: byName([...parameters, ...pretty, ...more, ...(alone ? writing : [])]),
        operations: alone ? operations.map(withoutParameters) : operations,
      },
    ];
  }
  const options = [...draft.names.options(subresource)];
  const plain: Path = {
    path: here,
    parameters: byName([...parameters, ...options]),
    operations: connected(draft, subresource, false),
  };
  if (subresource.name !== 'proxy') return [plain];
  const deep = byName([
    ...parameters,
    ...options.filter(option => option.name !== 'path'),
    ...query('string', 'path'),
    ...path('path'),
  ]);
  return [plain, { path: `${here}/{path}`, parameters: deep, operations: connected(draft, subresource, true) }];
}

function watchPaths(draft: Draft, root: string, inScope: string): Path[] {
  const { info, word, scope } = draft;
  const namespaced = info.namespaced ? path('namespace') : [];
  const at = `${root}/watch${inScope.slice(root.length)}`;
  const parameters = [...watching, ...pretty];
  const operation = (id: string, action: string): Operation[] => [
    simple(draft, { method: 'get', id, action, produces: streams, answer: `${meta}WatchEvent`, deprecated: true }),
  ];
  const list: Path = {
    path: at,
    parameters: byName([...parameters, ...namespaced]),
    operations: operation(`watch${word}${scope}${info.kind}List`, 'watchlist'),
  };
  const one: Path = {
    path: `${at}/{name}`,
    parameters: byName([...parameters, ...namespaced, ...path('name')]),
    operations: operation(`watch${word}${scope}${info.kind}`, 'watch'),
  };
  const everywhere: Path = {
    path: `${root}/watch/${info.plural}`,
    parameters: byName([...parameters]),
    operations: operation(`watch${word}${info.kind}ListForAllNamespaces`, 'watchlist'),
  };
  return [list, ...(info.verbs.includes('get') ? [one] : []), ...(info.namespaced ? [everywhere] : [])];
}

/** All paths of one resource, subresources and the older watch paths included. */
export function pathsOf(info: KindInfo, names: DefinitionNames): Path[] {
  const root = prefixOf(info);
  const scope = info.namespaced ? 'Namespaced' : '';
  const draft: Draft = { info, names, word: groupWord(info.group) + capital(info.version), scope };
  const inScope = `${root}${info.namespaced ? '/namespaces/{namespace}' : ''}/${info.plural}`;
  const namespaced = info.namespaced ? path('namespace') : [];
  const named = [...path('name'), ...namespaced];
  const many = collection(draft);
  const loneCreate = many.length === 1 && many[0]!.method === 'post';
  const paths: Path[] = [
    {
      path: inScope,
      parameters: byName([...namespaced, ...pretty, ...(loneCreate ? writing : [])]),
      operations: loneCreate ? many.map(withoutParameters) : many,
    },
  ];
  const one = single(draft);
  if (one.length > 0)
    paths.push({ path: `${inScope}/{name}`, parameters: byName([...named, ...pretty]), operations: one });
  for (const subresource of info.subresources)
    paths.push(...subresourcePaths(draft, `${inScope}/{name}`, named, subresource));
  if (info.namespaced && info.verbs.includes('list')) {
    const everywhere = listOperation(draft, `list${draft.word}${info.kind}ForAllNamespaces`);
    paths.push({
      path: `${root}/${info.plural}`,
      parameters: [...watching, ...pretty],
      operations: [withoutParameters(everywhere)],
    });
  }
  if (info.verbs.includes('watch')) paths.push(...watchPaths(draft, root, inScope));
  return paths;
}

/** The discovery path of a group version (`{prefix}/`). */
export const discoveryPath = (gv: { group: string; version: string }): Path => ({
  path: `${prefixOf(gv)}/`,
  parameters: [],
  operations: [
    {
      method: 'get',
      id: `get${groupWord(gv.group)}${capital(gv.version)}APIResources`,
      parameters: [],
      consumes: objects,
      produces: objects,
      answers: [200, 401],
      answer: `${meta}APIResourceList`,
    },
  ],
});

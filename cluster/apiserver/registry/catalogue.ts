/** The built-in kinds as the registry sees them: catalogue, semantics and strategies joined. */
import { catalogue, schemaOf } from '@orrery/kinds';
import type { KindInfo } from '@orrery/kinds';
import type { KubeObject } from '@orrery/machinery/meta';
import { decode, patchSchemaOf, validateShape } from '@orrery/machinery/schema';
import type { Strategy, WriteHooks } from '../types.ts';
import { strategyOf } from '../strategies/index.ts';
import { conversionOf } from './conversion.ts';
import type { KindRules, ResourceInfo, TableRules } from './resource.ts';

/** Kinds whose actions store nothing are not resources of the registry, yet are served. */
export const isStored = (kind: KindInfo): boolean => kind.storageVersionHash !== undefined;

function rulesOf(kind: KindInfo): KindRules {
  const schema = schemaOf(kind);
  return {
    decode: value => decode(schema, value),
    setDefaults: () => {},
    validateCreate: object => validateShape(schema, object),
    validateUpdate: object => validateShape(schema, object),
    patchSchema: patchSchemaOf(schema),
  };
}

const plainTable: TableRules = {
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: '', priority: 0 },
    { name: 'Created At', type: 'date', format: '', description: '', priority: 0 },
  ],
  cells: (object: KubeObject) => [object.metadata.name, object.metadata.creationTimestamp],
};

function resourceOf(kind: KindInfo, hooks: Readonly<Record<string, WriteHooks>>): ResourceInfo {
  const strategy: Strategy = strategyOf(kind.group, kind.plural);
  const conversion = conversionOf(kind);
  return {
    group: kind.group,
    version: kind.version,
    resource: kind.plural,
    singular: kind.singular,
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    namespaced: kind.namespaced,
    shortNames: kind.shortNames ?? [],
    categories: kind.categories ?? [],
    verbs: kind.verbs,
    subresources: kind.subresources,
    storage: { group: kind.storage?.group ?? kind.group, resource: kind.plural },
    ...(conversion && { conversion }),
    rules: lazyRules(kind),
    table: plainTable,
    strategy,
    hooks: hooks[`${kind.group}/${kind.plural}`],
  };
}

/** Schemas are built when a kind is first written: starting must not cost a walk over all types. */
function lazyRules(kind: KindInfo): KindRules {
  let rules: KindRules | undefined;
  const get = (): KindRules => (rules ??= rulesOf(kind));
  return {
    decode: value => get().decode(value),
    setDefaults: object => get().setDefaults(object),
    validateCreate: object => get().validateCreate(object),
    validateUpdate: (object, old) => get().validateUpdate(object, old),
    get patchSchema() {
      return get().patchSchema;
    },
  };
}

/** All built-in resources. `hooks` by `group/resource`. */
export const builtInResources = (hooks: Readonly<Record<string, WriteHooks>>): ResourceInfo[] =>
  catalogue.kinds.map(kind => resourceOf(kind, hooks));

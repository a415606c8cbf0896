/** The built-in kinds as the registry sees them: catalogue, semantics and strategies joined. */
import { catalogue, schemaOf } from '@orrery/kinds';
import type { KindInfo } from '@orrery/kinds';
import { cellsOf, columnsOf } from '@orrery/kinds/columns';
import { semanticsOf } from '@orrery/kinds/semantics';
import type { Semantics } from '@orrery/kinds/semantics';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { decode, patchSchemaOf } from '@orrery/machinery/schema';
import type { Strategy, WriteHooks } from '../types.ts';
import { strategyOf } from '../strategies/index.ts';
import { conversionOf } from './conversion.ts';
import type { KindRules, ResourceInfo, TableRules } from './resource.ts';

/** Kinds whose actions store nothing are not resources of the registry, yet are served. */
export const isStored = (kind: KindInfo): boolean => kind.storageVersionHash !== undefined;

/** Decoding and defaults are those of the served version, checks those of the stored one. */
function rulesOf(kind: KindInfo): KindRules {
  const schema = schemaOf(kind);
  const served = semanticsOf({ group: kind.group, version: kind.version, resource: kind.plural })!;
  const storedKind = kind.storage ? catalogue.byResource({ ...kind.storage, resource: kind.plural })! : kind;
  const storedSchema = schemaOf(storedKind);
  const stored = semanticsOf({ ...(kind.storage ?? kind), resource: kind.plural })!;
  return {
    decode: value => decode(schema, value),
    emptyStatus: () => (decode(storedSchema, {}).value as { status?: unknown }).status,
    setDefaults: object => served.defaults?.(object),
    ...checksOf(kind, served, stored),
    validateStatusUpdate: (object, old) => stored.validateStatusUpdate(object, old),
    warnings: (object, old) => stored.warnings(object, old),
    patchSchema: patchSchemaOf(schema),
    schema,
  };
}

/** Kinds that belong to another group than they are stored under have checks of their own, on their own form. */
function checksOf(
  kind: KindInfo,
  served: Semantics,
  stored: Semantics,
): Pick<KindRules, 'validateCreate' | 'validateUpdate'> {
  const conversion = conversionOf(kind);
  if (conversion === undefined || kind.storage?.group === kind.group) {
    return {
      validateCreate: object => stored.validateCreate(object),
      validateUpdate: (object, old) => stored.validateUpdate(object, old),
    };
  }
  const shown = (object: KubeObject): KubeObject => conversion.fromStored(cloneJson(object));
  return {
    validateCreate: object => served.validateCreate(shown(object)),
    validateUpdate: (object, old) => served.validateUpdate(shown(object), shown(old)),
  };
}

/** Columns and cells are those of the stored version for both: printers know one version. */
function tableOf(kind: KindInfo): TableRules {
  const conversion = kind.group === 'autoscaling' ? conversionOf(kind) : undefined;
  const printed = (object: KubeObject): KubeObject => conversion?.toStored(cloneJson(object)) ?? object;
  const order = kind.plural === 'flowschemas' ? byPrecedence : undefined;
  return {
    get columns() {
      return columnsOf(kind);
    },
    cells: (object, nowMs) => cellsOf(kind, printed(object), nowMs),
    ...(order && { order }),
  };
}

interface Flow extends KubeObject {
  spec?: { matchingPrecedence?: number };
}

/** Flow schemas stand in the order in which they are asked. */
function byPrecedence(a: KubeObject, b: KubeObject): number {
  const [first, second] = [a, b].map(flow => (flow as Flow).spec?.matchingPrecedence ?? 0) as [number, number];
  return first - second || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

function resourceOf(kind: KindInfo, hooks: Readonly<Record<string, WriteHooks>>): ResourceInfo {
  const strategy: Strategy = strategyOf(kind.storage?.group ?? kind.group, kind.plural);
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
    ...(kind.storageVersionHash !== undefined && { storageVersionHash: kind.storageVersionHash }),
    storage: { group: kind.storage?.group ?? kind.group, resource: kind.plural },
    ...(conversion && { conversion }),
    rules: lazyRules(kind),
    table: tableOf(kind),
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
    emptyStatus: () => get().emptyStatus(),
    setDefaults: object => get().setDefaults(object),
    validateCreate: object => get().validateCreate(object),
    validateUpdate: (object, old) => get().validateUpdate(object, old),
    validateStatusUpdate: (object, old) => get().validateStatusUpdate(object, old),
    warnings: (object, old) => get().warnings?.(object, old) ?? [],
    get patchSchema() {
      return get().patchSchema;
    },
    get schema() {
      return get().schema!;
    },
  };
}

/** All built-in resources. `hooks` by `group/resource`. */
export const builtInResources = (hooks: Readonly<Record<string, WriteHooks>>): ResourceInfo[] =>
  catalogue.kinds.map(kind => resourceOf(kind, hooks));

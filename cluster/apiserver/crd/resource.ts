/** A definition becomes resources of the registry, one per served version: custom resources take the same road as built-in kinds. */
import { createHash } from 'node:crypto';
import { schemaOfType } from '@orrery/kinds';
import { subdomainName, validateObjectMeta, validateObjectMetaUpdate } from '@orrery/kinds/meta';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from '@orrery/kinds/types';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { decode, dropUnknown } from '@orrery/machinery/schema';
import type { Decoded, Schema } from '@orrery/machinery/schema';
import { encodingStamp, versionOf } from '../registry/record.ts';
import type { Converter, KindRules, Refresh, ResourceInfo, ScalePaths, SubresourceInfo } from '../registry/resource.ts';
import { scaleKind } from '../serve/scale.ts';
import { validateScaleSpec, validateScaleStatus } from './scale-rules.ts';
import { customTable } from './columns.ts';
import { conversionsOf } from './conversion.ts';
import type { ConversionOptions, Conversions } from './conversion.ts';
import { dropNulls, fillDefaults } from './fill.ts';
import { validateEmbedded, validateLists } from './invariants.ts';
import { hasRules } from './definition-strategy.ts';
import type { Judgement } from './rules/judge.ts';
import type { RuleNode } from './rules/tree.ts';
import { customStrategy } from './strategy.ts';
import { structuralOf } from './structural.ts';
import { validateValue } from './validate.ts';
import { compareVersions } from './versions.ts';

/** In upstream's order. */
const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

/** One version's schema, both as it is written and as it is walked; and what tells it from others. */
interface VersionSchema {
  readonly props: JSONSchemaProps;
  readonly schema: Schema;
  readonly stamp: string;
  /** Loaded when the first object is judged; undefined at once for a schema without. */
  rules(): Promise<RuleNode | undefined> | undefined;
}

/** Built when first needed: starting must not cost a walk over all schemas. */
function lazySchema(version: CustomResourceDefinitionVersion): () => VersionSchema {
  let made: VersionSchema | undefined;
  return () => {
    if (made) return made;
    const props = version.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const schema = structuralOf(props, true);
    return (made = { props, schema, stamp: stampFor(schema, version), rules: lazyRules(props) });
  };
}

/** Expressions are a large part of the program, and few definitions have them. */
function lazyRules(props: JSONSchemaProps): VersionSchema['rules'] {
  let has: boolean | undefined;
  let made: Promise<RuleNode | undefined> | undefined;
  return () => {
    has ??= hasRules(props);
    if (has) made ??= import('./rules/tree.ts').then(({ rulesOfSchema }) => rulesOfSchema(props, true));
    return made;
  };
}

async function judged(rules: Promise<RuleNode | undefined>, object: KubeObject, old?: KubeObject): Promise<Judgement> {
  const [node, { judgeByRules }] = await Promise.all([rules, import('./rules/judge.ts')]);
  return node ? judgeByRules(node, object, old) : { errors: [], warnings: [] };
}

/** Equal for schemas that prune and fill alike, and select by the same fields. */
function stampFor(schema: Schema, { selectableFields }: CustomResourceDefinitionVersion): string {
  const text = JSON.stringify([schema, selectableFields ?? []], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'go' in value ? 0 : value,
  );
  return `${encodingStamp}:${createHash('sha256').update(text).digest('base64').slice(0, 11)}`;
}

const metadataSchema = (): Schema => schemaOfType('meta.v1.ObjectMeta');

function decodeCustom({ schema }: VersionSchema, value: unknown): Decoded {
  const unknown: string[] = [];
  const known = dropUnknown(schema, value, unknown) as Record<string, unknown>;
  const metadata = known.metadata ?? {};
  const decoded =
    typeof metadata === 'object' && !Array.isArray(metadata)
      ? decode(metadataSchema(), metadata)
      : {
          value: {},
          error: `expected metadata to be an object, got ${Array.isArray(metadata) ? 'array' : typeof metadata}`,
        };
  return { value: { ...known, metadata: decoded.value }, unknown, error: decoded.error };
}

/** Fills defaults and takes meaningless nulls away, in place. */
function settle({ schema }: VersionSchema, object: KubeObject): void {
  fillDefaults(schema, object);
  dropNulls(schema, object);
}

/** An object of one schema in the form of another, in place. */
function reshape(schema: VersionSchema, object: KubeObject): KubeObject {
  settle(schema, object);
  const kept = dropUnknown(schema.schema, object) as KubeObject;
  if (kept === object) return object;
  for (const name of Object.keys(object)) if (!Object.hasOwn(kept, name)) delete object[name as keyof KubeObject];
  return Object.assign(object, kept);
}

/** An object with its envelope. */
const typed = (info: ResourceInfo, object: KubeObject): KubeObject => ({
  ...object,
  kind: info.kind,
  apiVersion: apiVersionOf(info),
});

function rulesOf(info: () => ResourceInfo, served: () => VersionSchema, namespaced: boolean): KindRules {
  const afterwards = (object: KubeObject): FieldError[] => [
    ...validateEmbedded(served().schema, object),
    ...validateLists(served().schema, object),
  ];
  const changed = (object: KubeObject, old: KubeObject, scale: readonly FieldError[]): FieldError[] => [
    ...validateValue(served().props, typed(info(), object), '', typed(info(), old)),
    ...scale,
    ...validateScaleStatus(info().scale, object),
    ...validateEmbedded(served().schema, object),
    // Lists that were wrong before stay as they are until they are mended.
    ...(validateLists(served().schema, old).length > 0 ? [] : validateLists(served().schema, object)),
  ];
  return {
    decode: value => decodeCustom(served(), value),
    setDefaults: object => settle(served(), object),
    emptyStatus: () => undefined,
    validateCreate: object => [
      ...validateObjectMeta(object.metadata, namespaced, subdomainName, 'metadata', true),
      ...validateValue(served().props, typed(info(), object)),
      ...validateScaleSpec(info().scale, object),
      ...validateScaleStatus(info().scale, object),
      ...afterwards(object),
    ],
    validateUpdate: (object, old) => [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', true),
      ...changed(object, old, validateScaleSpec(info().scale, object)),
    ],
    validateStatusUpdate: (object, old) => [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', true),
      ...changed(object, old, []),
    ],
    patchSchema: undefined,
    get schema() {
      return served().schema;
    },
  };
}

const fieldsOf = (path: string): string[] => path.replace(/^\./, '').split('.');

function scaleOf({ subresources }: CustomResourceDefinitionVersion): ScalePaths | undefined {
  const scale = subresources?.scale;
  if (!scale) return undefined;
  return {
    spec: fieldsOf(scale.specReplicasPath),
    status: fieldsOf(scale.statusReplicasPath),
    ...(scale.labelSelectorPath && { selector: fieldsOf(scale.labelSelectorPath) }),
  };
}

/** The warning for whoever uses a version that is going away. */
function deprecationOf(
  { spec }: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): string | undefined {
  if (!version.deprecated) return undefined;
  if (version.deprecationWarning) return version.deprecationWarning;
  const { group, names } = spec;
  const better = spec.versions
    .filter(other => other.served && !other.deprecated && compareVersions(other.name, version.name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name))[0];
  const text = `${group}/${version.name} ${names.kind} is deprecated`;
  return better ? `${text}; use ${group}/${better.name} ${names.kind}` : text;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');

/** The resources of an established definition, best version first. */
export function resourcesOf(
  definition: CustomResourceDefinition,
  isEnding: boolean,
  asking: Pick<ConversionOptions, 'callout' | 'random'>,
): ResourceInfo[] {
  const { versions } = definition.spec;
  const stored = versions.find(version => version.storage) ?? versions[0]!;
  const schemas = new Map(versions.map(version => [version.name, lazySchema(version)]));
  const storedSchema = schemas.get(stored.name)!;
  const conversions = isConverted(definition)
    ? conversionsOf({
        ...asking,
        definition,
        prune: (object, version) => dropUnknown(schemas.get(version)!().schema, object) as KubeObject,
      })
    : undefined;
  const converterTo = (own: string): Converter | undefined =>
    conversions && converterOf(definition, own, stored.name, schemas, conversions);
  return versions
    .filter(version => version.served)
    .sort((a, b) => compareVersions(a.name, b.name))
    .map(version => {
      const served = schemas.get(version.name)!;
      const converter = converterTo(version.name);
      return resourceOf(
        definition,
        version,
        { served, stored: storedSchema, storedName: stored.name, ...(converter && { converter }) },
        isEnding,
      );
    });
}

interface Schemas {
  readonly served: () => VersionSchema;
  readonly stored: () => VersionSchema;
  readonly storedName: string;
  readonly converter?: Converter;
}

function resourceOf(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  { served, stored, storedName, converter }: Schemas,
  isEnding: boolean,
): ResourceInfo {
  const { spec, status } = definition;
  const { group } = spec;
  const names = { ...spec.names, ...status?.acceptedNames };
  const namespaced = spec.scope === 'Namespaced';
  const scale = scaleOf(version);
  const deprecation = deprecationOf(definition, version);
  const hasStatus = version.subresources?.status !== undefined && version.subresources.status !== null;
  const kind = { group, version: version.name, kind: names.kind };
  const subresources: SubresourceInfo[] = [
    ...(hasStatus ? [{ name: 'status', kind, verbs: partVerbs }] : []),
    ...(scale ? [{ name: 'scale', kind: scaleKind, verbs: partVerbs }] : []),
  ];
  const info: ResourceInfo = {
    group,
    version: version.name,
    resource: names.plural,
    singular: names.singular ?? '',
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs,
    subresources,
    storage: { group, resource: names.plural },
    rules: rulesOf(() => info, served, namespaced),
    table: customTable(version.additionalPrinterColumns),
    strategy: customStrategy({
      group,
      resource: names.plural,
      hasStatus,
      isEnding,
      selectableFields: version.selectableFields?.map(({ jsonPath }) => jsonPath) ?? [],
      toStored: object => {
        if (!converter && served !== stored && served().stamp !== stored().stamp) reshape(stored(), object);
      },
      judge: (object, old) => {
        const rules = served().rules();
        return rules && judged(rules, typed(info, object), old && typed(info, old));
      },
    }),
    storageVersionHash: hashOf(`${group}/${storedName}/${names.kind}`),
    typedItems: true,
    refresh: refreshOf(served, stored, storedName),
    ...(converter && { converter }),
    ...(scale && { scale }),
    ...(deprecation !== undefined && { deprecation }),
  };
  declared.set(info, served);
  return info;
}

const isConverted = ({ spec }: CustomResourceDefinition): boolean =>
  spec.conversion?.strategy === 'Webhook' && spec.versions.length > 1;

/** How objects of all versions become `own`. Every version has one, also the stored one: it was another once, maybe. */
function converterOf(
  { status }: CustomResourceDefinition,
  own: string,
  stored: string,
  schemas: ReadonlyMap<string, () => VersionSchema>,
  conversions: Conversions,
): Converter {
  const before = status?.storedVersions?.[0] ?? stored;
  const fromMany: Converter['fromMany'] = (objects, version) => {
    const schema = schemas.get(version);
    const settled = schema ? objects.map(object => reshape(schema(), cloneJson(object))) : objects;
    return conversions.convert(settled, version, own);
  };
  return {
    fromMany,
    from: async (object, version) =>
      version === own ? object : (await conversions.convert([object], version, own))[0]!,
    toStored: async object => (own === stored ? object : (await conversions.convert([object], own, stored))[0]!),
    writtenIn: head => versionOf(head) ?? before,
  };
}

const declared = new WeakMap<ResourceInfo, () => VersionSchema>();

/** The schema of a custom resource as its definition gives it. */
export const declaredSchema = (info: ResourceInfo): JSONSchemaProps | undefined => declared.get(info)?.().props;

const refreshOf = (served: () => VersionSchema, stored: () => VersionSchema, storedName: string): Refresh => ({
  get stamp() {
    return `${stored().stamp}@${storedName}`;
  },
  get served() {
    return served().stamp;
  },
  apply: object => reshape(served(), object),
});

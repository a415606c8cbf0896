/** What can be found of an object: its words, by where they stand. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations } from '@orrery/platform-kinds';

/** Where a word stands; the first of them that has it is what an answer shows. */
export type Field = 'name' | 'alias' | 'label' | 'image' | 'ip' | 'text';

export interface Word {
  readonly field: Field;
  readonly value: string;
}

/** Of one value, and of all of an object: what is longer is cut. */
const valueMax = 256;
export const wordsMax = 96;

type Part = Record<string, unknown>;
const part = (value: unknown, ...path: readonly string[]): Part => {
  let found: unknown = value;
  for (const name of path) found = (found as Part | undefined)?.[name];
  return typeof found === 'object' && found !== null ? (found as Part) : {};
};
const listAt = (value: unknown, ...path: readonly string[]): readonly Part[] => {
  const found = part(value, ...path) as unknown;
  return Array.isArray(found) ? (found as Part[]) : [];
};
const texts = (...values: readonly unknown[]): string[] =>
  values.filter((value): value is string => typeof value === 'string' && value !== '');

/** Where a pod is described: in itself, in a template, or in a template of a template. */
const podSpecs = (object: KubeObject): readonly Part[] => [
  part(object, 'spec'),
  part(object, 'spec', 'template', 'spec'),
  part(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec'),
];

const imagesOf = (object: KubeObject): string[] =>
  podSpecs(object).flatMap(spec =>
    ['containers', 'initContainers', 'ephemeralContainers'].flatMap(name =>
      listAt(spec, name).flatMap(({ image }) => texts(image)),
    ),
  );

const addressesOf = (object: KubeObject): string[] =>
  [
    ...texts(part(object, 'status')['podIP'], part(object, 'status')['hostIP']),
    ...listAt(object, 'status', 'podIPs').flatMap(({ ip }) => texts(ip)),
    ...listAt(object, 'status', 'addresses').flatMap(({ address }) => texts(address)),
    ...listAt(object, 'status', 'loadBalancer', 'ingress').flatMap(({ ip, hostname }) => texts(ip, hostname)),
    ...texts(
      part(object, 'spec')['clusterIP'],
      part(object, 'spec')['externalName'],
      part(object, 'spec')['loadBalancerIP'],
    ),
    ...['clusterIPs', 'externalIPs'].flatMap(name => {
      const found = part(object, 'spec')[name];
      return Array.isArray(found) ? texts(...(found as unknown[])) : [];
    }),
  ].filter(address => address !== 'None');

const wordsOfAnnotations = ({ metadata }: KubeObject): string[] =>
  metadata.annotations === undefined
    ? []
    : [
        ...texts(metadata.annotations[annotations.description]),
        ...Object.entries(metadata.annotations)
          .filter(([name]) => !/last-applied|managed|revisions?$/.test(name))
          .map(([name, value]) => `${name}=${value}`),
      ];

/** Names of keys and descriptions. */
const wordsOfData = (object: KubeObject): string[] => [
  ...wordsOfAnnotations(object),
  ...texts((object as { type?: unknown }).type, (object as { provisioner?: unknown }).provisioner),
  ...Object.keys(part(object, 'data')),
];

/** Names of parts, hosts, keys and descriptions; never what is secret, nor long values. */
const wordsOf = (object: KubeObject): string[] => [
  ...wordsOfAnnotations(object),
  ...podSpecs(object).flatMap(spec => listAt(spec, 'containers').flatMap(({ name }) => texts(name))),
  ...texts(
    part(object, 'spec')['nodeName'],
    part(object, 'spec')['storageClassName'],
    part(object, 'spec')['serviceAccountName'],
    part(object, 'spec')['ingressClassName'],
    part(object, 'spec')['volumeName'],
    part(object, 'spec')['email'],
    (object as { type?: unknown }).type,
    (object as { provisioner?: unknown }).provisioner,
  ),
  ...listAt(object, 'spec', 'rules').flatMap(({ host }) => texts(host)),
  ...Object.keys(part(object, 'data')),
  ...texts(part(object, 'status')['phase'], part(object, 'status')['reason']),
];

/** In the order in which they are looked at; each once. */
export function wordsIn(object: KubeObject): Word[] {
  const { name = '', labels = {} } = object.metadata;
  const alias = object.metadata.annotations?.[annotations.alias];
  // Most objects are data alone, and there may be a hundred thousand of them.
  const hasParts = 'spec' in object || 'status' in object;
  const words: Word[] = [];
  const add = (field: Field, values: readonly string[]) => {
    for (const value of values.length > 1 ? new Set(values) : values) {
      if (words.length === wordsMax) return;
      words.push({ field, value: oneLine(value) });
    }
  };
  add('name', [name]);
  add('alias', texts(alias));
  for (const key in labels) add('label', [`${key}=${labels[key]}`]);
  if (hasParts) add('image', imagesOf(object));
  if (hasParts) add('ip', addressesOf(object));
  add('text', hasParts ? wordsOf(object) : wordsOfData(object));
  return words;
}

const breaks = /[\n\r]/;
const oneLine = (value: string): string => {
  const short = value.length > valueMax ? value.slice(0, valueMax) : value;
  return breaks.test(short) ? short.replaceAll(/[\n\r]+/g, ' ') : short;
};

const marks: Readonly<Record<Field, string>> = { name: 'n', alias: 'a', label: 'l', image: 'i', ip: 'p', text: 't' };
const fields = new Map(Object.entries(marks).map(([field, mark]) => [mark, field as Field]));

export const markOf = (field: Field): string => marks[field];

/** One line for each word, that begins with the mark of its field; the name is the first. */
export const packed = (words: readonly Word[]): string =>
  words.map(({ field, value }) => `${marks[field]}${value}`).join('\n');

/** The word that stands around a place of a packed text. */
export function wordAt(text: string, place: number): Word {
  const start = text.lastIndexOf('\n', place) + 1;
  const end = text.indexOf('\n', place);
  return {
    field: fields.get(text[start]!)!,
    value: text.slice(start + 1, end < 0 ? undefined : end),
  };
}

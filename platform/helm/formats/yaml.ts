/** YAML as Helm reads it: go-yaml v2 by way of JSON. Numbers are float64, dates and `1:30` are texts, the last of equal keys counts. */
import { parseDocument, stringify, type Document, type Tags } from 'yaml';

/** A text that is no YAML, in the form of go-yaml's complaints. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** Longer documents are refused: reading one holds the event loop. */
export const documentMax = 1 << 20;

const unwanted = /timestamp|binary|omap|pairs|set$/;

/** The scalars of YAML 1.1 without those that go-yaml does not know. */
const customTags = (tags: Tags): Tags =>
  tags.filter(
    tag => typeof tag !== 'object' || !(unwanted.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
  );

const options = {
  version: '1.1',
  merge: true,
  uniqueKeys: false,
  logLevel: 'silent',
  customTags,
  prettyErrors: true,
} as const;

/** A line of the message, in go-yaml's form. */
function complaint(document: Document | Document.Parsed): string | undefined {
  // Of several documents the first counts.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (!error) return undefined;
  const [what = ''] = error.message.replace('Maximum call stack size exceeded', 'nested too deeply').split('\n');
  const line = error.linePos?.[0].line;
  return `yaml: ${line === undefined ? '' : `line ${line}: `}${what.replace(/ at line \d+, column \d+:?$/, '')}`;
}

/** Whatever stands for a key is a text in JSON. */
function plain(value: unknown, depth: number): unknown {
  if (depth > 200) throw new YamlError('yaml: nested deeper than 200');
  if (Array.isArray(value)) return value.map(item => plain(item, depth + 1));
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? null : value;
  const object: Record<string, unknown> = {};
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  for (const [key, item] of entries) {
    const name = typeof key === 'object' && key !== null ? JSON.stringify(key) : String(key);
    // Assigning `__proto__` would change the object instead of filling it.
    Object.defineProperty(object, name, {
      value: plain(item, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
}

function read(document: Document | Document.Parsed): unknown {
  const message = complaint(document);
  if (message !== undefined) throw new YamlError(message);
  try {
    return plain(document.toJS({ mapAsMap: true, maxAliasCount: 100 }), 0);
  } catch (error) {
    if (error instanceof YamlError) throw error;
    throw new YamlError(`yaml: ${error instanceof RangeError ? 'nested too deeply' : (error as Error).message}`);
  }
}

function guarded<T>(text: string, parse: () => T): T {
  if (text.length > documentMax) throw new YamlError(`yaml: longer than ${documentMax} characters`);
  try {
    return parse();
  } catch (error) {
    throw error instanceof RangeError ? new YamlError('yaml: nested too deeply') : error;
  }
}

/**
 * The first document of a text; null when it is empty.
 * @throws YamlError
 */
export const parseYaml = (text: string): unknown =>
  guarded(text, () => read(parseDocument(text, options) as Document.Parsed));

/** Lists indented beneath their keys, as go-yaml v3 writes them. */
export const toYamlPretty = (value: unknown): string =>
  stringify(value, {
    version: '1.1',
    lineWidth: 0,
    indentSeq: true,
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  });

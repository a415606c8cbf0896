/** YAML bodies, read as upstream reads them, in time that grows with their length only. */
import type { Request } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, YAMLParseError } from 'yaml';

/** `y` and `no` are booleans; keys given twice are found apart, because the library compares every pair; its warnings are no log lines of ours. */
const options = { version: '1.1', merge: true, uniqueKeys: false, logLevel: 'error' } as const;
/** A value made of aliases is at most this many times as large as it is written. */
const maxAliasCount = 100;
/** What a store would not take as an object anyway. JSON has the transport's limit: it is read much faster. */
const maxBytes = 1_572_864;

/** The library's time grows with the square of the depth. */
const maxDepth = 1000;

/** Whether more brackets than {@link maxDepth} are open at once. Those in strings count too, which only ever come in pairs or few. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxDepth) return true;
  }
  return false;
}

interface Parsed {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

const parsed = new WeakMap<Request, Parsed>();
const decoder = new TextDecoder();

/** What upstream's reader says where ours gives a code. Some of it is found while words are told apart, the rest while they are put together. */
const scanned: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  TAB_AS_INDENT: 'found character that cannot start any token',
  BAD_SCALAR_START: 'found character that cannot start any token',
};
const composed: Readonly<Record<string, string>> = {
  BAD_INDENT: 'did not find expected key',
  MISSING_CHAR: 'did not find expected key',
};

/** A problem in upstream's words; those that it would not have as our own reader tells them. The first line is never named. */
function wordsOf({ code, message, linePos }: YAMLParseError): string {
  const line = linePos?.[0].line ?? 1;
  const place = (at: number): string => (at > 0 ? `line ${at}: ` : '');
  const [, closer, last] = /end with a ([\]}]) at line (\d+)/.exec(message) ?? [];
  if (closer) return `line ${last}: did not find expected ',' or '${closer}'`;
  if (/^Missing closing ['"]/.test(message)) return `${place(line > 1 ? line : 0)}found unexpected end of stream`;
  if (scanned[code]) return `${place(line > 1 ? line : 0)}${scanned[code]}`;
  if (composed[code]) return `${place(line - 1)}${composed[code]}`;
  return message.split('\n')[0]!.replace(/:$/, '');
}

/** The value of a YAML body. @throws Error with a sentence for what is no YAML; StatusError 413. */
export function readYaml(request: Request): unknown {
  if (request.body.length > maxBytes) {
    const message = `Request entity too large: limit is ${maxBytes}`;
    throw new StatusError(413, 'RequestEntityTooLarge', message);
  }
  const text = decoder.decode(request.body);
  if (isDeep(text)) throw new Error(`yaml: exceeded max depth of ${maxDepth}`);
  const lines = new LineCounter();
  const document = parseDocument(text, { ...options, lineCounter: lines });
  // Only the first document of several is read.
  const problem = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (problem) throw new Error(`yaml: ${wordsOf(problem)}`);
  parsed.set(request, { document, lines });
  try {
    return document.toJS({ maxAliasCount });
  } catch (error) {
    const [, anchor] = /^Unresolved alias .*: (\S+)$/.exec((error as Error).message) ?? [];
    throw anchor === undefined ? error : new Error(`yaml: unknown anchor '${anchor}' referenced`, { cause: error });
  }
}

export interface DuplicateKey {
  readonly line: number;
  readonly key: string;
}

/** The keys that a map of the body read before gives again, in the order of the text. */
export function duplicateYamlKeys(request: Request): DuplicateKey[] {
  const found: DuplicateKey[] = [];
  const read = parsed.get(request);
  if (read === undefined) return found;
  visit(read.document, {
    Map(_key, map) {
      if (!isMap(map)) return;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found.push({ line: read.lines.linePos(key.range?.[0] ?? 0).line, key: String(key.value) });
        }
        seen.add(key.value);
      }
    },
  });
  return found;
}

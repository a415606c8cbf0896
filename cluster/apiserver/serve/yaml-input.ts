/** YAML bodies, read as upstream reads them, in time that grows with their length only. */
import type { Request } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';

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
  const [problem] = document.errors;
  if (problem) throw new Error(problem.message.split('\n')[0]!.replace(/:$/, ''));
  parsed.set(request, { document, lines });
  return document.toJS({ maxAliasCount });
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

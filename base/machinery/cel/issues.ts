/** What is wrong with an expression, and the text that upstream shows for it (cel-go `common.Error`). */

export interface Issue {
  /** Offset into the text; -1 for the whole of it. */
  readonly at: number;
  readonly message: string;
}

const maxShown = 100;
const maxSnippet = 16_384;

/** Line (from 1) and column (from 0, in letters) of an offset. */
function placeOf(source: string, at: number): { line: number; column: number; text: string } {
  const before = source.slice(0, at);
  const start = before.lastIndexOf('\n') + 1;
  const end = source.indexOf('\n', at);
  const line = before.split('\n').length;
  return { line, column: [...before.slice(start)].length, text: source.slice(start, end < 0 ? undefined : end) };
}

const isWide = (letter: string | undefined): boolean => letter !== undefined && letter.codePointAt(0)! > 0x7f;

function describeIssue(source: string, { at, message }: Issue): string {
  if (at < 0) return `ERROR: <input>:-1:0: ${message}`;
  const { line, column, text } = placeOf(source, at);
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  if (Buffer.byteLength(text) > maxSnippet) return head;
  const letters = [...text.replaceAll('\t', ' ')];
  const dots = letters.slice(0, column).map(letter => (isWide(letter) ? '\uff0e' : '.'));
  return `${head}\n | ${letters.join('')}\n | ${dots.join('')}${isWide(letters[column]) ? '\uff3e' : '^'}`;
}

/** All issues by place, as they stand in an answer after `compilation failed: `. */
export function describeIssues(source: string, issues: readonly Issue[]): string {
  const sorted = [...issues.slice(0, maxShown)].sort((a, b) => a.at - b.at);
  const lines = sorted.map(issue => describeIssue(source, issue));
  if (issues.length > maxShown) lines.push(`${issues.length - maxShown} more errors were truncated`);
  return lines.join('\n');
}

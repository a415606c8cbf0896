/** sprig: regular expressions, those of RE2, in time proportional to the text. */
import { compileGroups, RegexpError, type GroupedRegexp } from '@orrery/machinery/regexp';
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { ValueError, type Value } from '../template/values.ts';
import { smallOf } from './cast.ts';

type Place = readonly [start: number, end: number];
type Found = readonly (Place | undefined)[];

/** Letters times instructions of one call: some hundred milliseconds at worst. */
const workMax = 20_000_000;

function compiled(source: Value, text: string, { meter }: CallContext): GroupedRegexp {
  let expression: GroupedRegexp;
  try {
    expression = compileGroups(source as string);
  } catch (error) {
    throw error instanceof RegexpError ? new ValueError(error.message) : error;
  }
  const work = (text.length + 1) * expression.size;
  if (work > workMax) throw new ValueError('the regular expression costs too much on this text');
  meter.count(work / 64);
  return expression;
}

/** All matches that do not overlap, at most `count` of them unless it is negative. */
function all(expression: GroupedRegexp, text: string, count: number): Found[] {
  const found: Found[] = [];
  let last = -1;
  for (let at = 0; at <= text.length && (count < 0 || found.length < count);) {
    const match = expression.find(text, at);
    if (!match) break;
    const [start, end] = match[0]!;
    // An empty match right behind another one is none.
    if (start !== end || start !== last) found.push(match);
    last = end;
    at = end > at ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
  return found;
}

/** `$1`, `${1}`, `$name`, `$$` in a replacement. */
function expanded(template: string, text: string, match: Found, names: readonly string[]): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const group = /^\d+$/.test(name) ? Number(name) : names.indexOf(name) + 1;
    const place = group > 0 || /^0+$/.test(name) ? match[group] : undefined;
    return place ? text.slice(...place) : '';
  });
}

function replaced(args: readonly Value[], context: CallContext, isLiteral: boolean): string {
  const [source, text, fresh] = args as [string, string, string];
  const expression = compiled(source, text, context);
  let written = '';
  let at = 0;
  for (const match of all(expression, text, -1)) {
    const [start, end] = match[0]!;
    const piece = isLiteral ? fresh : expanded(fresh, text, match, expression.names);
    context.meter.reserve(piece.length);
    written += text.slice(at, start) + piece;
    at = end;
  }
  return written + text.slice(at);
}

function split([source, text, count]: readonly Value[], context: CallContext): string[] {
  const subject = text as string;
  const most = smallOf(count!);
  if (most === 0) return [];
  const pieces: string[] = [];
  let at = 0;
  for (const match of all(compiled(source!, subject, context), subject, most)) {
    if (most > 0 && pieces.length === most - 1) break;
    const [start, end] = match[0]!;
    if (end === 0 && subject !== '') continue;
    if (start === end && start === subject.length) continue;
    pieces.push(subject.slice(at, start));
    at = end;
  }
  return [...pieces, subject.slice(at)];
}

/** `regexX` ignores or panics over a bad expression, `mustRegexX` returns the error: to a template both are its end, but for the test. */
const table: Record<string, TemplateFunction> = {
  FindAll: fn('string, string, int', ([source, text, count], context) =>
    all(compiled(source!, text as string, context), text as string, smallOf(count!)).map(([match]) =>
      (text as string).slice(...match!),
    ),
  ),
  Find: fn('string, string', ([source, text], context) => {
    const match = compiled(source!, text as string, context).find(text as string)?.[0];
    return match ? (text as string).slice(...match) : '';
  }),
  ReplaceAll: fn('string, string, string', (args, context) => replaced(args, context, false)),
  ReplaceAllLiteral: fn('string, string, string', (args, context) => replaced(args, context, true)),
  Split: fn('string, string, int', split),
};

const matches = ([source, text]: readonly Value[], context: CallContext): boolean =>
  compiled(source!, text as string, context).find(text as string) !== undefined;

export const expressions: Readonly<Record<string, TemplateFunction>> = {
  ...Object.fromEntries(
    Object.entries(table).flatMap(([name, made]) => [
      [`regex${name}`, made],
      [`mustRegex${name}`, made],
    ]),
  ),
  regexMatch: fn('string, string', (args, context) => {
    try {
      return matches(args, context);
    } catch (error) {
      if (error instanceof ValueError && error.message.startsWith('error parsing')) return false;
      throw error;
    }
  }),
  mustRegexMatch: fn('string, string', matches),
  regexQuoteMeta: fn('string', ([text]) => (text as string).replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')),
};

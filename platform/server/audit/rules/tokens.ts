/** The words of a condition, each with the place where it begins. */
export interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'reference' | 'sign' | 'end';
  readonly text: string;
  /** From 1 on. */
  readonly at: number;
}

/** What is wrong with a condition, in words for whoever wrote it. */
export class ConditionError extends Error {}

const forms: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /"((?:[^"\\]|\\.)*)"/y],
  ['reference', /\$\{\s*([\w.-]+)\s*\}/y],
  ['number', /(-?\d+(?:\.\d+)?)(?![\w.-])/y],
  ['word', /([A-Za-z_][\w.-]*(?:\[\*\][\w.-]*)*)/y],
  ['sign', /(>=|<=|!=|==|=|>|<|\(|\)|,)/y],
];

/** @throws ConditionError that names the place. */
export function tokensOf(condition: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    while (/\s/.test(condition[at] ?? '')) at++;
    if (at >= condition.length) return [...tokens, { kind: 'end', text: '', at: at + 1 }];
    const token = tokenAt(condition, at);
    tokens.push(token.token);
    at = token.next;
  }
}

function tokenAt(condition: string, at: number): { readonly token: Token; readonly next: number } {
  for (const [kind, form] of forms) {
    form.lastIndex = at;
    const found = form.exec(condition);
    if (!found) continue;
    const text = kind === 'text' ? found[1]!.replaceAll(/\\(.)/g, '$1') : found[1]!;
    return { token: { kind, text, at: at + 1 }, next: form.lastIndex };
  }
  throw new ConditionError(
    condition[at] === '"'
      ? `the text that begins at ${at + 1} has no end`
      : `${JSON.stringify(condition[at])} at ${at + 1} means nothing here`,
  );
}

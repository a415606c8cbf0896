/** The tree of a template. Each node knows where it stands, and how Go would write it in an error. */
import type { Value } from './values.ts';

interface Place {
  readonly at: number;
}

export interface Pipe extends Place {
  readonly type: 'pipe';
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

export interface Command extends Place {
  readonly type: 'command';
  readonly words: readonly Operand[];
}

export type Operand =
  | (Place & { readonly type: 'constant'; readonly value: Value; readonly source: string })
  | (Place & { readonly type: 'nil' })
  | (Place & { readonly type: 'dot' })
  | (Place & { readonly type: 'function'; readonly name: string })
  | (Place & { readonly type: 'field'; readonly names: readonly string[] })
  | (Place & { readonly type: 'variable'; readonly name: string; readonly names: readonly string[] })
  | (Place & { readonly type: 'chain'; readonly of: Operand; readonly names: readonly string[] })
  | Pipe;

export type Statement =
  | (Place & { readonly type: 'text'; readonly text: string })
  | (Place & { readonly type: 'action'; readonly pipe: Pipe })
  | (Place & {
      readonly type: 'if' | 'with' | 'range';
      readonly pipe: Pipe;
      readonly body: Block;
      readonly otherwise?: Block;
    })
  | (Place & { readonly type: 'template'; readonly name: string; readonly pipe?: Pipe })
  | (Place & { readonly type: 'break' | 'continue' });

export type Block = readonly Statement[];

/** A template by name: from a file, or from a `define` in it. */
export interface Template {
  readonly name: string;
  /** What errors call the file. */
  readonly file: string;
  readonly source: string;
  readonly body: Block;
}

const suffix = (names: readonly string[]): string => names.map(name => `.${name}`).join('');

const writeCommand = ({ words }: Command): string =>
  words.map(word => (word.type === 'pipe' ? `(${writeNode(word)})` : writeNode(word))).join(' ');

/** A node as Go prints it between `<` and `>`. */
export function writeNode(node: Operand | Command): string {
  switch (node.type) {
    case 'constant':
      return node.source;
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'function':
      return node.name;
    case 'field':
      return suffix(node.names);
    case 'variable':
      return node.name + suffix(node.names);
    case 'chain':
      return (node.of.type === 'pipe' ? `(${writeNode(node.of)})` : writeNode(node.of)) + suffix(node.names);
    case 'command':
      return writeCommand(node);
    case 'pipe': {
      const sets = node.variables.length > 0 ? `${node.variables.join(', ')} ${node.isAssignment ? '=' : ':='} ` : '';
      return sets + node.commands.map(writeCommand).join(' | ');
    }
  }
}

/** `file:line:column` of a place, both as Go counts them. */
export function placeOf({ file, source }: Template, at: number): string {
  const before = source.slice(0, at);
  const line = before.lastIndexOf('\n');
  return `${file}:${before.split('\n').length}:${Buffer.byteLength(before.slice(line + 1))}`;
}

/** Turns the tree of an expression into a small program for {@link matchProgram} (Thompson's construction). */
import type { Letters } from './classes.ts';
import { RegexpError } from './parse.ts';
import type { Assertion, Node } from './parse.ts';

export type Instruction =
  | { readonly op: 'set'; readonly letters: Letters }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  /** Goes on at both places, given relative to itself; `a` is preferred. */
  | { readonly op: 'split'; readonly a: number; readonly b: number }
  | { readonly op: 'match' }
  /** Notes the place in the text; only where groups are asked for. */
  | { readonly op: 'note'; readonly slot: number };

export type Program = readonly Instruction[];

/** Go refuses expressions whose repetitions grow beyond 1000 copies or a size like this. */
const maxInstructions = 10_000;

/** @throws RegexpError when repetitions make it too large. */
export function compileProgram(node: Node, source: string): Program {
  const program: Instruction[] = [];
  emit(program, node, source);
  program.push({ op: 'match' });
  return program;
}

function emit(program: Instruction[], node: Node, source: string): void {
  if (program.length > maxInstructions) throw new RegexpError('expression too large', source);
  switch (node.type) {
    case 'set':
      program.push({ op: 'set', letters: node.letters });
      return;
    case 'assert':
      program.push({ op: 'assert', assertion: node.assertion });
      return;
    case 'sequence':
      for (const part of node.nodes) emit(program, part, source);
      return;
    case 'choice':
      emitChoice(program, node.nodes, source);
      return;
    case 'repeat':
      emitRepeat(program, node, source);
      return;
    case 'group':
      program.push({ op: 'note', slot: 2 * node.index });
      emit(program, node.node, source);
      program.push({ op: 'note', slot: 2 * node.index + 1 });
  }
}

/** Writes an instruction whose target is known later. */
function hole(program: Instruction[]): (fill: (distance: number) => Instruction) => void {
  const at = program.length;
  program.push({ op: 'match' });
  return fill => {
    program[at] = fill(program.length - at);
  };
}

function emitChoice(program: Instruction[], nodes: readonly Node[], source: string): void {
  const ends: ReturnType<typeof hole>[] = [];
  nodes.forEach((node, at) => {
    const isLast = at === nodes.length - 1;
    const skip = isLast ? undefined : hole(program);
    emit(program, node, source);
    if (!isLast) ends.push(hole(program));
    skip?.(distance => ({ op: 'split', a: 1, b: distance }));
  });
  for (const end of ends) end(distance => ({ op: 'split', a: distance, b: distance }));
}

function emitRepeat(program: Instruction[], node: Node & { type: 'repeat' }, source: string): void {
  for (let count = 0; count < node.min; count++) emit(program, node.node, source);
  const fork = (distance: number): Instruction =>
    node.lazy ? { op: 'split', a: distance, b: 1 } : { op: 'split', a: 1, b: distance };
  if (node.max === Infinity) {
    const skip = hole(program);
    const start = program.length;
    emit(program, node.node, source);
    const back = start - 1 - program.length;
    program.push({ op: 'split', a: back, b: back });
    skip(fork);
    return;
  }
  const skips: ReturnType<typeof hole>[] = [];
  for (let count = node.min; count < node.max; count++) {
    skips.push(hole(program));
    emit(program, node.node, source);
  }
  for (const skip of skips) skip(fork);
}

/** A key as a sequential object: a register with a revision, compare-and-set, and operations whose outcome nobody knows. */
import type { KeyOperation } from './history.ts';
import { checkLinearizable, type Model, type Verdict } from './linearizable.ts';

interface Register {
  /** Undefined: the key does not exist. */
  readonly value: string | undefined;
  /** The revision of the last change; undefined after one that did not tell. */
  readonly revision: number | undefined;
  /** A bound from below where `revision` is unknown. */
  readonly newerThan: number;
}

export const register: Model<KeyOperation, Register> = {
  initial: { value: undefined, revision: 0, newerThan: 0 },
  step(state, { ask, answer }) {
    if (ask.type === 'read') return answer.type === 'version' ? read(state, answer.version) : state;
    const pinned = expecting(state, ask);
    if (answer.type === 'refused') return pinned && state.revision !== undefined ? undefined : state;
    if (!pinned) return answer.type === 'unknown' ? state : undefined;
    const missing = ask.type === 'delete' && pinned.value === undefined;
    // A deletion of nothing changes nothing and takes no revision.
    if (missing) return pinned;
    const revision = answer.type === 'done' ? answer.revision : undefined;
    const newest = pinned.revision ?? pinned.newerThan;
    if (revision !== undefined && revision <= newest) return undefined;
    return { value: ask.type === 'put' ? ask.value : undefined, revision, newerThan: newest };
  },
  keyOf: ({ value, revision, newerThan }) => `${revision ?? `>${newerThan}`} ${value ?? ''}`,
};

/** The state as the expectation of a write shows it to be; undefined when it is not so. */
function expecting(state: Register, ask: Exclude<KeyOperation['ask'], { type: 'read' }>): Register | undefined {
  const exists = state.value !== undefined;
  if (ask.expected === undefined) {
    if (ask.type === 'put' ? !ask.exists : ask.lenient) return state;
    return exists ? state : undefined;
  }
  if (ask.expected === 0) return exists ? undefined : state;
  return exists ? pin(state, ask.expected) : undefined;
}

/** The state with its revision known to be `revision`; undefined when it cannot be. */
function pin(state: Register, revision: number): Register | undefined {
  if (state.revision !== undefined) return state.revision === revision ? state : undefined;
  return revision > state.newerThan ? { value: state.value, revision, newerThan: revision } : undefined;
}

function read(state: Register, seen: { value: string; revision: number } | undefined): Register | undefined {
  if (seen === undefined) return state.value === undefined ? state : undefined;
  return state.value === seen.value ? pin(state, seen.revision) : undefined;
}

/** One line for each key whose history no register could have; none when all is well. Keys are independent, so each is checked alone. */
export function checkRegisters(operations: readonly KeyOperation[]): string[] {
  return [...Map.groupBy(operations, operation => operation.key)].flatMap(([key, own]) => {
    const verdict: Verdict = checkLinearizable(own, register);
    return verdict === 'linearizable' ? [] : [`${key}: its history of ${own.length} operations is ${verdict}`];
  });
}

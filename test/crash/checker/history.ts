/** What was asked and answered, as recorded by the clients of a store or of an API server. Times are positions in one order of events. */

/** A version of a key as a reader saw it. Values are unique in a history. */
export interface Version {
  readonly value: string;
  readonly revision: number;
}

export type Ask =
  | { readonly type: 'read' }
  /** `expected` is the revision that the key must have, 0 that it must not exist; absent: whatever it has, if only it exists with `exists`. */
  | { readonly type: 'put'; readonly value: string; readonly expected?: number; readonly exists?: boolean }
  /** Without `expected` the key must only exist, or, with `lenient`, not even that. */
  | { readonly type: 'delete'; readonly expected?: number; readonly lenient?: boolean };

export type Answer =
  | { readonly type: 'version'; readonly version: Version | undefined }
  /** Done. A deletion does not always tell its revision. */
  | { readonly type: 'done'; readonly revision?: number }
  /** The key was not as expected, and nothing happened. */
  | { readonly type: 'refused' }
  /** Cut off: it happened once after the call, or never. */
  | { readonly type: 'unknown' };

/** What one client did to one key. */
export interface KeyOperation {
  readonly client: string;
  readonly key: string;
  readonly ask: Ask;
  readonly answer: Answer;
  readonly calledAt: number;
  /** Infinity when the answer is unknown. */
  readonly answeredAt: number;
}

/** A committed transaction as the history of revisions has it. */
export interface Commit {
  readonly revision: number;
  readonly changes: readonly CommittedChange[];
  /** When a watch was told of it; what was asked for later is not its cause. */
  readonly toldAt?: number;
}

export interface CommittedChange {
  readonly key: string;
  /** Undefined: the key was deleted. */
  readonly value: string | undefined;
}

/** A transaction as a client asked for it. */
export interface Write {
  readonly client: string;
  readonly compare: readonly { readonly key: string; readonly revision: number }[];
  readonly changes: readonly CommittedChange[];
  readonly answer: Exclude<Answer, { readonly type: 'version' }>;
  readonly calledAt: number;
  readonly answeredAt: number;
}

/** A range that a client read at one revision. */
export interface Read {
  readonly client: string;
  readonly prefix: string;
  readonly revision: number;
  /** Key to the version seen. */
  readonly seen: ReadonlyMap<string, Version>;
  readonly calledAt: number;
  readonly answeredAt: number;
  /** A read of a stated revision: it may be older than what was acknowledged. */
  readonly past: boolean;
}

/** Where records lie: segments of lines, each of one chain, only ever added to. */
export interface Segment {
  readonly chain: string;
  /** From 1 on. */
  readonly number: number;
  readonly bytes: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Another when the content is. */
  readonly version: string;
}

export interface AuditStorage {
  /** A new one is begun once the last has so many bytes. */
  readonly segmentBytesMax: number;
  /** What all may have together, unless configured. */
  readonly bytesMax: number;
  /** Records wait so long for others before they are written. */
  readonly gatherMs: number;
  segments(): Promise<readonly Segment[]>;
  /** Whole lines; empty for a segment that is gone. */
  read(segment: Pick<Segment, 'chain' | 'number'>): Promise<string>;
  /**
   * Adds lines to the last segment of a chain, or begins it. Resolves when they would survive a crash; after a rejection the same lines
   * come again, with more behind them, and are there once.
   */
  append(
    segment: Pick<Segment, 'chain' | 'number'>,
    lines: string,
    span: { fromMs: number; toMs: number },
  ): Promise<void>;
  remove(segment: Pick<Segment, 'chain' | 'number'>): Promise<void>;
}

export const chainForm = /^[0-9a-z]{8,10}-[0-9a-f]{8}$/;

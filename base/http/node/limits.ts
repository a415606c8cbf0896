/** What a server grants its clients. Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** Largest request body; larger ones are answered with 413. Upstream's default for API servers. */
  readonly bodyBytes: number;
  /** Largest request head over HTTP/1.1 (431) and header list over HTTP/2. Go's default. */
  readonly headerBytes: number;
  /** From connecting to the end of the first request head. */
  readonly headMs: number;
  /** From the end of a request's head to the end of its body. */
  readonly bodyMs: number;
  /** A connection without a request for so long is closed. */
  readonly idleMs: number;
  /** Concurrent HTTP/2 streams per connection. */
  readonly streamsPerConnection: number;
  /** Concurrent connections; those beyond are closed at once. */
  readonly connections: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 3 << 20,
  headerBytes: 1 << 20,
  headMs: 32_000,
  bodyMs: 60_000,
  idleMs: 90_000,
  streamsPerConnection: 250,
  connections: 65_536,
};

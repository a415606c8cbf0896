/** What can be wrong with charts, templates and releases: each one sentence. */
import type { Release } from './types.ts';

/** A chart that cannot be read or does not fit its own rules. */
export class ChartError extends Error {
  override readonly name = 'ChartError';
}

/** A template that cannot be parsed or executed, in the words of Go's `text/template`, or one that costs too much. */
export class RenderError extends Error {
  override readonly name = 'RenderError';
}

/** A release that cannot be changed as asked. `release` is what was stored of it, when something was. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  readonly release: Release | undefined;

  constructor(message: string, release?: Release, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.release = release;
  }
}

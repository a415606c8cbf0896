/** What rendering costs, counted: a chart that a stranger wrote must end, and let others have their turn. */
import { RenderError } from '../errors.ts';
import type { RenderLimits } from '../types.ts';

export const defaultLimits: RenderLimits = { steps: 5_000_000, outputSize: 64 << 20, depth: 128, lookups: 500 };

/** One text may not be longer than this; a release that holds it could not be stored anyway. */
const textMax = 16 << 20;

/** Steps between two turns of the event loop: some milliseconds. */
const slice = 4000;

export class Meter {
  readonly limits: RenderLimits;
  private steps = 0;
  private size = 0;
  private sliced = 0;
  private lookups = 0;
  private depth = 0;

  constructor(limits: Partial<RenderLimits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
  }

  /** @throws RenderError when all steps are used up. */
  readonly count = (steps: number): void => {
    this.steps += steps;
    if (this.steps > this.limits.steps)
      throw new RenderError(`the templates take more than ${this.limits.steps} steps`);
  };

  /** Before a text or list of so many units is made. */
  readonly reserve = (units: number): void => {
    if (!(units <= textMax)) throw new RenderError(`a text or list of the templates is longer than ${textMax}`);
    this.size += units;
    if (this.size > this.limits.outputSize)
      throw new RenderError(`the templates write more than ${this.limits.outputSize} characters`);
    this.count(units / 128);
  };

  look(): void {
    if (++this.lookups > this.limits.lookups)
      throw new RenderError(`the templates look up more than ${this.limits.lookups} objects`);
  }

  enter(): void {
    if (++this.depth > this.limits.depth)
      throw new RenderError(`exceeded maximum template depth (${this.limits.depth})`);
  }

  leave(): void {
    this.depth--;
  }

  /** Whether others should have their turn; true once per slice. */
  isDue(): boolean {
    if (this.steps - this.sliced < slice) return false;
    this.sliced = this.steps;
    return true;
  }
}

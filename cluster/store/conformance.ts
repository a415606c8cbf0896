/** What every store must do, as tests. A store's own test file calls {@link storeConformance}. */
import { describe, test } from 'node:test';
import { closing, expiring, watching } from './conformance/events.ts';
import { forgetting, ranging } from './conformance/ranges.ts';
import type { Cases, OpenStore } from './conformance/support.ts';
import { comparing, writing } from './conformance/transactions.ts';

export type { OpenStore, StoreFixture } from './conformance/support.ts';

const subjects: Readonly<Record<string, Cases>> = {
  writing,
  comparing,
  ranging,
  watching,
  forgetting,
  expiring,
  closing,
};

/** Registers the suite with node:test under `name`. */
export function storeConformance(name: string, open: OpenStore): void {
  for (const [subject, cases] of Object.entries(subjects)) {
    describe(`${name}: ${subject}`, () => {
      for (const [title, run] of Object.entries(cases)) {
        test(title, async t => {
          const fixture = await open(t);
          try {
            await run(fixture, fixture.store);
          } finally {
            await fixture.store.close();
          }
        });
      }
    });
  }
}

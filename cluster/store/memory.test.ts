import { storeConformance } from './conformance.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryStore } from './memory.ts';

storeConformance('memory', () => {
  const clock = createManualClock();
  return { store: createMemoryStore({ clock }), now: () => clock.now(), advance: byMs => clock.advance(byMs) };
});

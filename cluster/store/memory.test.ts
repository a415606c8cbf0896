import { storeConformance } from './conformance.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { createMemoryStore } from './memory.ts';

storeConformance('memory', () => {
  const clock = createManualClock();
  return { store: createMemoryStore({ clock }), now: () => clock.now(), advance: byMs => clock.jump(byMs) };
});

/** Half of the seeds that every change is tried with; the other half runs beside it. */
import { testSeeds } from './seeds.ts';

testSeeds(Array.from({ length: 100 }, (_, at) => 2 * at + 1));

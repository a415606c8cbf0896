/** The other half of the seeds. */
import { testSeeds } from './seeds.ts';

testSeeds(Array.from({ length: 100 }, (_, at) => 2 * at + 2));

/** All that a simulated node needs: a runtime in memory, a machine that is not there, probes that pass. */
export {
  createSimulatedRuntime,
  type SimulatedRuntime,
  type SimulatedRuntimeOptions,
} from './runtime/simulated/index.ts';
export { simulatedMachine, type SimulatedMachineOptions } from './machine/simulated.ts';
import type { Prober } from './probes/prober.ts';

/** Nothing listens in a simulated container: its probes pass, except the command `false`, which fails everywhere. */
export const passingProber: Prober = async ({ exec }) => ({
  verdict: /^(\/usr)?(\/bin\/)?false$/.test(exec?.command?.join(' ') ?? '') ? 'failure' : 'success',
  output: '',
});

export { createSimulatedRuntime, type SimulatedRuntime, type SimulatedRuntimeOptions } from './runtime.ts';

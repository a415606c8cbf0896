/** The machine that figures belong to. */
import { cpus, loadavg, release, totalmem } from 'node:os';

/** One line: processors, memory, kernel, Node.js, and how busy it was with other things. */
export function machineText(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() || process.arch;
  const memory = `${(totalmem() / 1e9).toFixed(0)} GB`;
  return `${processors.length} x ${model}, ${memory}, Linux ${release()}, Node.js ${process.version}, load ${loadavg()[0]!.toFixed(1)}`;
}

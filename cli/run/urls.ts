/** Where people on this machine reach what listens. */
import type { Settings } from '@orrery/embedded/layout';

export const consoleUrl = ({ bindAddress }: Pick<Settings, 'bindAddress'>, port: number): string =>
  `https://${bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress}:${port}`;

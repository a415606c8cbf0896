/** The console's files as they lie beside the program. */
import { dirname, join } from 'node:path';
import type { PlatformOptions } from '@orrery/platform-server';
import { loadConsoleAssets } from '@orrery/platform-server/node';

/** The option of the platform, or nothing where the program was built without a console. */
export async function consoleOption(): Promise<Pick<PlatformOptions, 'console'>> {
  const assets = await loadConsoleAssets(join(dirname(process.argv[1]!), 'console'));
  return assets ? { console: assets } : {};
}

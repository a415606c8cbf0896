/**
 * Rows 1 to 51 of the feature matrix, each as its user notices it: by HTTP alone, wherever the platform runs. `PLATFORM_KUBECONFIG` names an
 * administrator's kubeconfig of any cluster: then the suite runs there instead.
 */
import { after, before, describe } from 'node:test';
import { environments } from '../e2e/support/platform.ts';
import { areas } from './rows/index.ts';
import { openSuite, rowOf, type Suite } from './support/suite.ts';

for (const [name, start] of Object.entries(environments))
  describe(name, () => {
    let suite: Suite;
    let remove: (() => Promise<void>) | undefined;
    before(async () => {
      const platform = await start();
      remove = () => platform.remove();
      suite = await openSuite(platform);
    });
    after(async () => {
      suite?.caller.close();
      await remove?.();
    });
    const row = rowOf(() => suite);
    for (const rows of Object.values(areas)) rows(row);
  });

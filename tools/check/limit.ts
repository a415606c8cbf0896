/**
 * Ends a file of tests that does not end: `node --import ./tools/check/limit.ts?minutes=5 --test ...`. A test that hangs costs its file then,
 * which is named with what it waits for, and not the whole stage.
 */
import { writeSync } from 'node:fs';

const minutes = Number(new URL(import.meta.url).searchParams.get('minutes'));
const file = process.argv[1] ?? '';

/** What keeps the process alive: kinds of things, and of sockets and processes the addresses, as Node's report tells them. */
function waitedFor(): string[] {
  // Nobody is asked for the names of addresses.
  Object.assign(process.report, { excludeNetwork: true });
  const { libuv } = process.report.getReport() as unknown as { libuv: Record<string, unknown>[] };
  const handles = libuv.filter(handle => handle['is_active'] && handle['is_referenced'] && handle['type'] !== 'loop');
  return [process.getActiveResourcesInfo().join(', '), ...handles.map(handle => JSON.stringify(handle))];
}

// Programs that tests start inherit the arguments of Node now and then; the runner itself is no file of tests.
if (process.env['NODE_TEST_CONTEXT'] !== undefined && file.endsWith('.test.ts'))
  setTimeout(() => {
    const lines = [`${file} did not end within ${minutes} minutes; it waits for`, ...waitedFor()];
    writeSync(process.stderr.fd, `${lines.join('\n  ')}\n`);
    process.exit(1);
  }, minutes * 60_000).unref();

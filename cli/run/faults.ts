/** What happens to a mistake of ours that nobody caught. */
import type { Log } from '@orrery/machinery/log';

/**
 * A rejection that nobody waits for is told and survived: all loops here look at the world again, so that one lost step is made up
 * for, while the end of the process would stop everything else. An exception out of the blue still ends the process (its state
 * is unknown), but not without a word in the log.
 */
export function surviveRejections(log: Log): void {
  process.on('unhandledRejection', error => log.error('a rejection was not handled; going on', { error }));
  process.on('uncaughtExceptionMonitor', error => log.error('an exception was not handled; ending', { error }));
}

/** What Linux tells of a process in /proc/PID/stat. */

/**
 * When it began, in clock ticks since boot (field 22); undefined of one that has ended. A first thread that is gone before the others leaves
 * a zombie: until the last of them is gone too, the process has its files, sockets and locks.
 */
export function beganIn(stat: string): string | undefined {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads] = [fields[0], Number(fields[17])];
  return state === 'Z' && threads <= 1 ? undefined : fields[19];
}

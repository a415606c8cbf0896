/** What this process uses. */
export function processFigures(): { cpuSeconds: number; residentBytes: number; uptimeSeconds: number } {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    uptimeSeconds: process.uptime(),
  };
}

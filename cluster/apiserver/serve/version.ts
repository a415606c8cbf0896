/** What `/version` answers: the Kubernetes release whose API this is. */
export const kubernetesVersion = 'v1.34.9';

/** What the bundler knows of the sources; run as they are, nobody knows. */
declare const ORRERY_REVISION: { gitCommit: string; gitTreeState: string; buildDate: string } | undefined;

const revision =
  typeof ORRERY_REVISION === 'undefined'
    ? { gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z' }
    : ORRERY_REVISION;

export const versionInfo = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: kubernetesVersion,
  gitCommit: revision.gitCommit,
  gitTreeState: revision.gitTreeState,
  buildDate: revision.buildDate,
  goVersion: 'go1.24',
  compiler: 'gc',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** What the bundler knows of the sources; run as they are, nobody knows. */
declare const ORRERY_REVISION: { gitCommit: string; gitTreeState: string; buildDate: string } | undefined;

/** What is told by `orrery version`, and written beside a running instance. */
export const versions = {
  orrery: '0.1.0',
  kubernetes: 'v1.34',
  node: process.version,
};

/** The commit that this program is made of; empty where nobody knows. */
export const revision =
  typeof ORRERY_REVISION === 'undefined'
    ? { gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z' }
    : ORRERY_REVISION;

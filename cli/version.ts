/** What is told by `orrery version`, and written beside a running instance. */
export const versions = {
  orrery: '0.1.0',
  kubernetes: 'v1.34',
  node: process.version,
};

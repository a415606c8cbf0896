/** A node without a disk: simulated containers have no files, and no log anybody could read. */
import type { PodFiles } from '../pods/pod-files.ts';

export const noFiles: PodFiles = {
  setUp: async () => new Map(),
  refresh: async () => {},
  mounts: async () => [],
  readTermination: async () => undefined,
  logDirectory: ({ namespace, name, uid }) => `/nowhere/${namespace}_${name}_${uid}`,
  prepareLogs: async () => {},
  tearDown: async () => {},
  removeLogs: async () => {},
  present: async () => [],
  logged: async () => [],
};

/** What a container waits for when nothing has gone wrong. */
export const waitingToBeStarted = (hasInitContainers: boolean): string =>
  hasInitContainers ? 'PodInitializing' : 'ContainerCreating';

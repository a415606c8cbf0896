import { StatusError } from '@orrery/machinery/status';
import { useClusterData } from '../../data/context.ts';
import { hostCluster } from '../../data/data.ts';
import { configurationName, configurationOf, configurations, place, switchPatch } from './switching.ts';

/** Turns a component on or off, as the user: by the configuration that is there, or by a new one. */
export function useSwitch(): (name: string, isOn: boolean) => Promise<unknown> {
  const { native } = useClusterData(hostCluster);
  return async (name, isOn) => {
    try {
      return await native.patch(configurations, configurationName, 'merge', switchPatch(name, isOn), place);
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
      return native.create(configurations, configurationOf(name, isOn), place);
    }
  };
}

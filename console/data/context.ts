/** How components reach the data of their cluster. */
import { createContext, use } from 'react';
import { hostCluster, type ClusterData, type Data } from './data.ts';

export const DataContext = createContext<Data | undefined>(undefined);
/** The cluster that the page's address names. */
export const ClusterContext = createContext<string>(hostCluster);

export function useData(): Data {
  const data = use(DataContext);
  if (!data) throw new Error('no data above this component');
  return data;
}

export const useCluster = (): string => use(ClusterContext);

export function useClusterData(cluster?: string): ClusterData {
  const own = use(ClusterContext);
  return useData().of(cluster ?? own);
}

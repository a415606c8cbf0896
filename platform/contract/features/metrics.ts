/** Figures of the platform, for Prometheus. */
import { anybody, at } from '../route.ts';

export const metrics = {
  read: at('metrics')(
    'metrics.read',
    'GET',
    ['/metrics', '/kapis/metrics'],
    'Figures of the platform in the text form of Prometheus: no names of people, workspaces or projects',
    anybody,
  ),
};

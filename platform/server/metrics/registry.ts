/** Where the platform's figures are kept. */
import { createMetricsOf, type FamilyRegistry } from '@orrery/reconciler';
import { platformFamilies } from './families.data.ts';

export type PlatformMetrics = FamilyRegistry<keyof typeof platformFamilies>;

export const createPlatformMetrics = (): PlatformMetrics => createMetricsOf(platformFamilies);

import type { ComponentType } from 'react';

/** As lucide makes them. */
export type Icon = ComponentType<{ size?: number | string; strokeWidth?: number | string }>;

import type { ReactNode } from 'react';
import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core';
import './mantine.css';
import './base.css';
import { styleNonce } from './nonce.ts';
import { theme } from './theme.ts';

/** `public/theme.js` reads the same key before the first paint. */
const schemes = localStorageColorSchemeManager({ key: 'orrery.scheme' });

export function Provider({ children }: { readonly children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemes} getStyleNonce={styleNonce}>
      {children}
    </MantineProvider>
  );
}

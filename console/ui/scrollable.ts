/** What scrolls must be in reach of the keyboard, although nothing can be done to it (WCAG 2.1.1). */
export const scrollable = { tabIndex: 0 } as const;

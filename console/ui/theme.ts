/** Orrery's own look: ink, paper and brass, as in an instrument; dense, with little colour where nothing is to be done. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eef3f8',
  '#dbe5ef',
  '#b7cade',
  '#8fadcb',
  '#6c93ba',
  '#507eac',
  '#3c6c9c',
  '#2c5a87',
  '#21476c',
  '#173450',
];
const brass: MantineColorsTuple = [
  '#fbf6e8',
  '#f4ead0',
  '#e9d6a3',
  '#ddc173',
  '#d3af4c',
  '#c69c33',
  '#ab832a',
  '#856318',
  '#6a4e12',
  '#4c380b',
];
/** Warm, so that paper does not look blue beside ink. */
const gray: MantineColorsTuple = [
  '#faf9f6',
  '#f4f2ee',
  '#e9e6e0',
  '#dcd8d0',
  '#c6c1b7',
  '#a09a8f',
  '#67635b',
  '#54504a',
  '#3a3733',
  '#24221f',
];
const dark: MantineColorsTuple = [
  '#dce4ec',
  '#b9c5d1',
  '#9aa8b7',
  '#6f7f90',
  '#34414f',
  '#28333f',
  '#1c252e',
  '#131a22',
  '#0e141a',
  '#090d12',
];

/** Dark enough to be read on paper. */
const red: MantineColorsTuple = [
  '#fdeeec',
  '#fadad7',
  '#f4b4ae',
  '#ee8d85',
  '#e56a61',
  '#d34a42',
  '#b3312c',
  '#a62a25',
  '#93231f',
  '#701814',
];

/** Fonts that every system has, with those for Chinese after those for Latin letters. */
const fontFamily =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif';
const fontFamilyMonospace = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

export const theme = createTheme({
  colors: { ink, brass, gray, dark, red },
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 6 },
  fontFamily,
  fontFamilyMonospace,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  headings: { fontFamily, fontWeight: '600' },
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs', fz: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    Tooltip: {
      defaultProps: { openDelay: 200, events: { hover: true, focus: true, touch: true }, multiline: true, maw: 360 },
    },
    // Focus goes to the first entry: what would take it otherwise has no place in a menu.
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 90 }, withInitialFocusPlaceholder: false } },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 110 },
        overlayProps: { opacity: 0.45 },
        // The page's bar is the one banner.
        attributes: { header: { role: 'none' } },
      },
    },
  },
});

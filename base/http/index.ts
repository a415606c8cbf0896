export * from './answers.ts';
export * from './body.ts';
export * from './headers.ts';
export * from './inlet.ts';
export * from './pair.ts';
export * from './types.ts';

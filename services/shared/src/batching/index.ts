export { asTheyEnd } from './as-they-end.ts';
export { together, type TogetherOptions } from './together.ts';

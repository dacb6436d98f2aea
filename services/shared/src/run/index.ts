export { keepTrying, type KeepTryingOptions } from './keep-trying.ts';
export { repeat } from './repeat.ts';
export { runService, type Service } from './run-service.ts';
export { untilFirst } from './until-first.ts';

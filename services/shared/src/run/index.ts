export { repeat } from './repeat.ts';
export { runService, type Service } from './run-service.ts';

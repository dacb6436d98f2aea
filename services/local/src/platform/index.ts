export { type Platform, type PlatformOptions, startPlatform } from './platform.ts';
export { type Restocking, type RestockingOptions, startRestocking } from './restocking.ts';
export { freePorts, type PortName, type Ports } from './ports.ts';
export { type Environment, type Services } from './replicas.ts';
export { type Profile } from './profile.ts';
export { controllerEntry, type ServiceName, serviceNames } from './services.ts';
export { Program } from '../processes/program.ts';
export { httpReady } from '../processes/http-ready.ts';

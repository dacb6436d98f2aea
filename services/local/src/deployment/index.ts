export { adminOf, deploy, deployed, undeploy } from './deploy.ts';
export {
  installRelease,
  type ReleaseName,
  type ReleaseOptions,
  uninstallRelease,
  type Values,
} from './release.ts';
export { untilReady } from './ready.ts';
export { type SecretPart, secretValue } from './secret.ts';

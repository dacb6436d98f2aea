export { followCertificate, type Identity } from './certificate.ts';
export { type TlsFiles } from './files.ts';
export { trustAuthority } from './trust.ts';

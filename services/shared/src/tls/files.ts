/** What a process proves by that it is a server, and knows others by: the paths of PEM files. */
export interface TlsFiles {
  /** The authority whose certificates the process accepts. */
  readonly authority: string;
  /** The process's own certificate, with those between it and the authority. */
  readonly certificate: string;
  readonly key: string;
  /** How often the certificate is looked at for a new one; each minute by default. */
  readonly checkEveryMs?: number;
}

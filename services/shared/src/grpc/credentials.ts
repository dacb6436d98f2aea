import { readFileSync } from 'node:fs';
import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import type { Identity, TlsFiles } from '../tls/index.ts';

/** What a client asks of its servers: a certificate of this authority for the name in the target. */
export function clientCredentials(tls: TlsFiles | undefined): ChannelCredentials {
  return tls === undefined
    ? ChannelCredentials.createInsecure()
    : ChannelCredentials.createSsl(readFileSync(tls.authority));
}

/** A server's certificate, which may be replaced while it serves. Clients are known by their caller keys, and need none. */
export class RenewableCredentials extends ServerCredentials {
  constructor() {
    super({});
  }

  replace(identity: Identity): void {
    this.updateSecureContextOptions(identity);
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}

import { randomUUIDv7 } from 'node:crypto';

/** A UUID of version 7 (RFC 9562): unique anywhere, and later ones sort later, which keeps indexes dense. */
export const newId = (): string => randomUUIDv7();

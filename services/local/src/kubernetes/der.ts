/** The few parts of DER (ITU-T X.690) that a certificate is made of. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

export function setOf(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, Buffer.concat(parts));
}

/** A non-negative integer, big-endian. */
export function integer(bytes: Buffer): Buffer {
  const first = bytes[0] ?? 0;
  // With its highest bit set it would be read as negative.
  return tagged(0x02, first < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tagged(0x18, Buffer.from(digits));
}

export function bits(bytes: Buffer, unused = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(unused), bytes]));
}

export function octets(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

export function truth(): Buffer {
  return tagged(0x01, Buffer.of(0xff));
}

/** An explicit context tag around a value. */
export function explicit(tag: number, value: Buffer): Buffer {
  return tagged(0xa0 + tag, value);
}

/** An implicit context tag in the place of a primitive value's own. */
export function implicit(tag: number, content: Buffer): Buffer {
  return tagged(0x80 + tag, content);
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(value: number): Buffer {
  if (value < 0x80) return Buffer.of(value);
  return value < 0x100 ? Buffer.of(0x81, value) : Buffer.of(0x82, value >> 8, value & 0xff);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

const mailbox = /^[^\s@<>()[\],;:"\\\p{C}]{1,64}@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*$/u;

/**
 * One plain address, which can neither end a header nor name a second recipient. Stricter than RFC 5321: no quoted
 * local parts and no address literals.
 */
export function isEmailAddress(text: string): boolean {
  return text.length <= 254 && mailbox.test(text);
}

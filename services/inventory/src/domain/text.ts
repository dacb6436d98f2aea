/**
 * Whether a text can be kept and shown as it is: no control characters beside tabs and line breaks, and no halves of
 * surrogate pairs, which would come back from the database as another text.
 */
export const isText = (text: string): boolean => text.isWellFormed() && !/[^\P{Cc}\t\r\n]/u.test(text);

/** Ids of products and orders: visible ASCII, so that none comes back from the database as another one. */
export const isId = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

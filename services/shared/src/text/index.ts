/**
 * Whether a text can be kept and shown as it is: no control characters beside tabs and line breaks, and no halves of
 * surrogate pairs, which would come back from the database as another text.
 */
export const isText = (text: string): boolean => text.isWellFormed() && !/[^\P{Cc}\t\r\n]/u.test(text);

/** Ids of products and orders: visible ASCII, so that none comes back from the database as another one. */
export const isId = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

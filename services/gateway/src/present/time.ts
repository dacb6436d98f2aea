/** RFC 3339, or null for a time that is not known. */
export const presentTime = (time: Date | undefined): string | null => time?.toISOString() ?? null;

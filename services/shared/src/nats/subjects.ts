/** All that both take. A stream refuses two subjects of which one covers the other: of such the wider one is left. */
export function joinSubjects(present: readonly string[], wanted: readonly string[]): string[] {
  const added = wanted.filter((subject) => !present.some((wider) => covers(wider, subject)));
  const kept = present.filter((subject) => !added.some((wider) => covers(wider, subject)));
  return [...kept, ...added];
}

/** Whether the first takes all that the second does: `*` stands for one token, and a final `>` for one or more. */
function covers(wider: string, subject: string): boolean {
  const [tokens, others] = [wider.split('.'), subject.split('.')];
  if (tokens.at(-1) !== '>' && tokens.length !== others.length) return false;
  return tokens.every((token, place) => {
    const other = others[place];
    return token === '>' ? other !== undefined : token === other || (token === '*' && other !== '>');
  });
}

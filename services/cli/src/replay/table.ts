const widths = [6, 42, 22, 6, 20, 15];

/** One line of a table whose last column is free. Fixed widths, so that rows can be shown as they come. */
export function formatRow(cells: readonly string[]): string {
  return cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(' ')
    .trimEnd();
}

import { writeFile } from 'node:fs/promises';
import { derivedFiles } from './derived-files.ts';

for (const [path, content] of await derivedFiles()) await writeFile(path, content);

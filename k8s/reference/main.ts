import { writeFile } from 'node:fs/promises';
import { makePage, pageFile } from './files.ts';

await writeFile(pageFile, await makePage());

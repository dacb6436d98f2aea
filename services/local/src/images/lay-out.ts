import { resolve } from 'node:path';
import { appFiles, layOut } from './app-files.ts';
import { compileAhead } from './compile-ahead.ts';

// `node lay-out.ts <folder>`: what services/Dockerfile copies into the image.
const [root] = process.argv.slice(2);
if (root === undefined) throw new Error('name the folder');
await layOut(await appFiles(resolve(import.meta.dirname, '../../../..')), root);
await compileAhead(root);

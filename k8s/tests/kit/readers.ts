import { type Readers, readers as ofProcesses } from '../../../charts/tests/kit/readers.ts';
import { readEnvironment } from '../../../services/cli/src/config.ts';

/** Of the processes, and of the CLI, which compose.yaml runs as a service too. */
export const readers: Readers = { ...ofProcesses, cli: readEnvironment };

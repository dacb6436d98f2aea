import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Loaded into a service by NODE_OPTIONS: SIGUSR2 starts the CPU profiler, the next one stops it and writes the profile to
 * `<pid>.cpuprofile` in the folder that this module's URL names.
 */
const dir = new URL(import.meta.url).searchParams.get('dir') ?? '.';
const session = new Session();
session.connect();
let profiling = false;

process.on('SIGUSR2', () => {
  void toggle();
});

async function toggle(): Promise<void> {
  if (profiling) {
    const { profile } = await session.post('Profiler.stop');
    profiling = false;
    writeFileSync(`${dir}/${process.pid}.cpuprofile`, JSON.stringify(profile));
  } else {
    profiling = true;
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 500 });
    await session.post('Profiler.start');
  }
}

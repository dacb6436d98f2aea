import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of the kernel's clock in /proc, which is 100 per second on Linux whatever the machine. */
const ticksPerSecond = 100;

/** Seconds of CPU that the process has used, its threads and the kernel's work for it included; NaN without /proc. */
export function cpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return NaN;
  }
}

/** Resident memory in MiB. */
export function residentMib(pid: number): number {
  const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString());
  return kib / 1024;
}

/** Starts to count the CPU time of processes. @returns seconds since then, by name */
export function countCpu(pids: ReadonlyMap<string, number>): () => Map<string, number> {
  const before = new Map([...pids].map(([name, pid]) => [name, cpuSeconds(pid)]));
  return () => new Map([...pids].map(([name, pid]) => [name, cpuSeconds(pid) - (before.get(name) ?? NaN)]));
}

export const sum = (values: Iterable<number>): number => [...values].reduce((total, one) => total + one, 0);

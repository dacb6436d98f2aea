import { readFileSync } from 'node:fs';

/** The most that a process has had resident since its start, in MiB; NaN without /proc. */
export function peakResidentMib(pid: number): number {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1024;
  } catch {
    return NaN;
  }
}

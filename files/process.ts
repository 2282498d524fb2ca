/**
 * Whether a process of this machine is still the one that was meant: numbers of processes are used again.
 *
 * Linux tells when a process began, in ticks since the machine did. Other systems do not; there a living process with
 * the number counts as the one that was meant.
 */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second wherever programs can see it. */
const TICKS_PER_SECOND = 100;
/** Clocks are set now and then, so two times that are nearly equal tell nothing. */
const TOLERANCE_SECONDS = 60;

interface Status {
  /** One letter; Z and X are processes that have ended. */
  readonly state: string;
  /** Ticks since the machine began. */
  readonly began: string;
}

/** What Linux says of a process; undefined if it says nothing. */
function statusOf(pid: number): Status | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, began] = [fields[0], fields[19]];
    return state && began && /^\d+$/.test(began) ? { state, began } : undefined;
  } catch {
    return undefined;
  }
}

/** Changes with every start of the machine. */
function boot(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** When the machine began, in seconds since 1970. */
function bootTime(): number {
  try {
    return Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}

/** What tells a process from every other, before and after it; undefined where the system does not say. */
export function birthOf(pid: number): string | undefined {
  const [status, start] = [statusOf(pid), boot()];
  return status && start ? `${start} ${status.began}` : undefined;
}

/** Whether there is any process with this number. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether the process with this number lives and is the one of this `birth`. Where no birth was noted: whether it can
 * have been there at the moment `since` (ISO).
 */
export function isAlive(pid: number, birth: string | undefined, since: string): boolean {
  if (!isThere(pid)) return false;
  const status = statusOf(pid);
  if (status === undefined) return true;
  if (status.state === 'Z' || status.state === 'X') return false;
  const found = birthOf(pid);
  if (birth !== undefined && found !== undefined) return birth === found;
  const began = bootTime() + Number(status.began) / TICKS_PER_SECOND;
  // A moment or a time that cannot be read tells nothing.
  return !(began > Date.parse(since) / 1000 + TOLERANCE_SECONDS);
}

import type { StreamConfiguration } from '../../contract/configuration/configuration.ts';

/** `crescendo.vocconv of tenant-alpha`. */
export function nameOf({ definition, tenant }: StreamConfiguration): string {
  return `${definition.stream} of ${tenant}`;
}

/** `12,345`, wherever it is read. */
export function counted(count: number): string {
  return count.toLocaleString('en');
}

/** `1 object`, `2 objects`. */
export function several(count: number, what: string): string {
  return `${counted(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** `1.5 MB`, in powers of 1000. */
export function sized(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** `0.4`, `12.3`: seconds. */
export function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

/** `2026-01-01 09:30:00Z`: epoch ms to the second, rounded down. */
export function instantText(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** `45 s`, `12 min`, `3 h`: how long something will about take. */
export function about(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

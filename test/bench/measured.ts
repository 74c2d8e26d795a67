/** What a program of the bench cost. */
export interface Cost {
  readonly rows: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The most memory that the process had at any time, MB. */
  readonly peakMb: number;
}

/** Does the work and prints its result with what it cost, as one line of JSON. */
export async function measured<T extends Pick<Cost, 'rows'>>(work: () => Promise<T>): Promise<void> {
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const done = await work();
  const wallMs = performance.now() - began;
  const cpu = process.cpuUsage(cpuBefore);
  const cost: Cost & T = {
    ...done,
    cpuMs: (cpu.user + cpu.system) / 1000,
    wallMs,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(JSON.stringify(cost));
}

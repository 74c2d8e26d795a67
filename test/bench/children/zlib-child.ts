/** zlib alone over the lines of a lake's table, one stream per object: the floor that any exporter stands on. Arguments: folder, level. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGzip, gunzipSync } from 'node:zlib';

const [folder = '', level = '6'] = process.argv.slice(2);
const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.gz'));
let rawBytes = 0;
let packedBytes = 0;
let cpuMs = 0;
let wallMs = 0;
for (const name of names) {
  const lines = gunzipSync(await readFile(join(folder, name)));
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const gzip = createGzip({ level: Number(level) });
  gzip.on('data', (chunk: Buffer) => {
    packedBytes += chunk.length;
  });
  for (let at = 0; at < lines.length; at += 65_536) {
    if (!gzip.write(lines.subarray(at, at + 65_536))) await once(gzip, 'drain');
  }
  gzip.end();
  await once(gzip, 'end');
  wallMs += performance.now() - began;
  const cpu = process.cpuUsage(cpuBefore);
  cpuMs += (cpu.user + cpu.system) / 1000;
  rawBytes += lines.length;
}
process.stdout.write(JSON.stringify({ rawBytes, packedBytes, cpuMs, wallMs }));

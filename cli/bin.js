#!/usr/bin/env node
// Plain JavaScript, so that an older Node.js gets as far as this message instead of stumbling over the first type.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `convlake runs on Node.js 24 and newer; this is ${process.version}. In a clone, npx convlake brings the right one (after npm ci).`,
  );
  process.exitCode = 2;
} else {
  await import('./convlake.ts');
}

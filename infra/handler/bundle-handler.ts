import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** What is bundled. */
export interface HandlerBundle {
  /** The handler's file. */
  readonly entry: string;
  /** Texts by the identifiers that they replace. */
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * esbuild's `require` in an ES module cannot load built-in modules, which undici and parts of the AWS SDK require.
 * Minified by hand, as esbuild leaves banners as they are.
 */
const BANNER =
  "import{createRequire as convlakeRequire}from'node:module';const require=convlakeRequire(import.meta.url);";

/** Packages of which functions need a part that a bundler cannot separate, and that part. */
const SMALLER_PACKAGES = {
  undici: fileURLToPath(new URL('./undici-pool.mjs', import.meta.url)),
  '@aws-sdk/credential-provider-node': fileURLToPath(new URL('./environment-credentials.mjs', import.meta.url)),
};

/**
 * Parsers that undici asks for only where it is told to, or where WebAssembly has no SIMD, which Node.js 24 on Lambda has: 0.2 MB.
 */
const UNUSED_MODULES = ['../milo/*', '../llhttp/llhttp-wasm.js'];

/**
 * Writes `index.mjs`, and the chunks that it imports later, into the folder: the handler with everything it needs, minified, for
 * Node.js 24 on Lambda. The same input gives the same bytes, so a deploy that changes nothing uploads nothing.
 * @throws Error of esbuild for a file that cannot be bundled
 */
export function bundleHandler({ entry, texts }: HandlerBundle, folder: string): void {
  buildSync({
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // what a handler imports later does not slow its cold start
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    alias: SMALLER_PACKAGES,
    external: UNUSED_MODULES,
    legalComments: 'none',
    banner: { js: BANNER },
    define: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)])),
    logLevel: 'error',
  });
}

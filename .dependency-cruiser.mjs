/**
 * Who may import whom, types included. `npm run check` holds it; test/unit/import-rules.test.ts plants a violation of each rule.
 * TypeScript is read by @swc/core, as dependency-cruiser does not know TypeScript 7.
 */

/** The engine's rooms along the way of a row: each imports only those before it, and what lies at the engine's root. */
const engineRooms = ['rows', 'checkpoint', 'plan', 'partition', 'walk', 'details', 'run'];
const adapters = ['aws', 'checkpoints', 'files', 'http', 'lake', 'secrets', 'telemetry'];

const configurationReader = '^contract/configuration/read-configuration-file[.]ts$';

/** Packages by name, wherever they are installed; their own folders count. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;
/** Modules of Node.js, which come without their `node:`. */
const builtIn = (...names) => `^(node:)?(${names.join('|')})$`;

/** A folder that imports only what is named. */
const only = (name, folder, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { pathNot: allowed },
});

/** Something that must not import something else. */
const never = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });

const rooms = engineRooms
  .slice(0, -1)
  .map((room, at) =>
    never(
      `engine-${room}-below-${engineRooms[at + 1]}`,
      { path: `^functions/engine/${room}/` },
      { path: `^functions/engine/(${engineRooms.slice(at + 1).join('|')})/` },
      `A room imports only rooms before it: ${engineRooms.join(', ')}.`,
    ),
  );

export default {
  forbidden: [
    never(
      'contract-alone',
      { path: '^contract/', pathNot: configurationReader },
      { pathNot: ['^contract/', packages('zod', 'leven', 'temporal-polyfill')] },
      'Both what runs and what deploys import contract/, so it imports nothing of ours.',
    ),
    never(
      'configuration-reader-alone',
      { path: configurationReader },
      { pathNot: ['^contract/', packages('jsonc-parser')], dependencyTypesNot: ['core'] },
      'The reader of configuration files is the one file of contract/ that touches files.',
    ),
    never(
      'configuration-reader-for-hosts',
      { path: '^(contract|functions)/' },
      { path: configurationReader },
      'Only the command line and the stack read a configuration file: a function is deployed with what it says.',
    ),
    only(
      'engine-pure',
      'functions/engine',
      ['^functions/engine/', '^contract/', packages('temporal-polyfill'), builtIn('crypto', 'buffer')],
      'The engine is pure: no SDK, no HTTP, no files. What it needs of the world comes in through its ports.',
    ),
    only(
      'sources-pure',
      'functions/sources',
      ['^functions/(sources|engine)/', '^contract/', builtIn('buffer')],
      'A dialect is pure code: it phrases requests and reads responses, and others send them.',
    ),
    never(
      'sources-apart',
      { path: '^functions/sources/([^/]+)/' },
      { path: '^functions/sources/[^/]+/', pathNot: ['^functions/sources/$1/', '^functions/sources/headers/'] },
      "No vendor imports another, so that one can change or go without the others. How headers are read is no vendor's own.",
    ),
    never(
      'functions-without-hosts',
      { path: '^functions/' },
      { path: ['^(cli|infra)/', packages('aws-cdk-lib', 'constructs')] },
      'What runs knows nothing of the terminal or of deploying.',
    ),
    never(
      'infra-apart',
      // The .mjs files there are put into the bundles, in the place of a package's own.
      { path: '^infra/', pathNot: '[.]mjs$' },
      {
        pathNot: ['^infra/', '^contract/', packages('aws-cdk-lib', 'constructs', 'cdk-nag', 'esbuild')],
        dependencyTypesNot: ['core'],
      },
      'The stack meets what it deploys in contract/ only, and handler files by path.',
    ),
    never(
      'cli-without-stack',
      { path: '^cli/' },
      { path: ['^infra/', packages('aws-cdk-lib', 'constructs')] },
      'The command line needs no account and no CDK.',
    ),
    never(
      'tests-for-tests',
      { path: '^(contract|functions|infra|cli)/', pathNot: '^cli/demo/' },
      { path: '^test/' },
      'Only tests import tests.',
    ),
    never(
      'demo-simulator-only',
      { path: '^cli/demo/' },
      { path: '^test/', pathNot: '^test/simulator/' },
      'The demonstration runs against the simulated vendors; no other test code comes along.',
    ),
    never(
      'adapters-below-wiring',
      { path: `^functions/(${adapters.join('|')})/` },
      { path: '^functions/(wiring|lambda)/' },
      'An adapter is put together by the wiring and does not know by whom.',
    ),
    never(
      'wiring-below-hosts',
      { path: '^functions/wiring/' },
      { path: '^functions/(lambda/|[^/]+[.]handler[.]ts$)' },
      'Both hosts use the wiring, so it knows neither.',
    ),
    never(
      'engine-root-below-rooms',
      { path: '^functions/engine/[^/]+$', pathNot: '^functions/engine/export-stream[.]ts$' },
      { path: ['^functions/engine/[^/]+/', '^functions/engine/export-stream[.]ts$'] },
      "What lies at the engine's root is for every room, so it imports none. Only export-stream lies above them.",
    ),
    never(
      'engine-rooms-below-export-stream',
      { path: '^functions/engine/[^/]+/' },
      { path: '^functions/engine/export-stream[.]ts$' },
      'export-stream puts the rooms together.',
    ),
    ...rooms,
    never('no-circles', {}, { circular: true }, 'No file imports itself by way of others, for a type neither.'),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: ['node_modules', '^test/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};

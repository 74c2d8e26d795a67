import { expect } from 'vitest';
import type { Fault, UnreadableBody } from '../../simulator/faults.ts';
import { randomFaults } from '../../simulator/simulator.ts';
import { HOUR_MS } from '../../support/durations.ts';
import type { SceneKnobs } from '../../support/run/scene.ts';
import { expectNoSecret, expectNothingBelowWatermark, expectNothingWrong } from './promise.ts';
import { exactAtOnce, exactInRunsOf, exactWithin, stopsWith } from './proofs.ts';
import type { Proof, SourceCase } from './source-case.ts';

/** Long enough for any response of the simulator, and the longest that a test waits for one that never comes. */
const PATIENCE_MS = 500;
/** Of a body, where a case is about the limit. */
const LIMIT_BYTES = 256 * 1024;

/** One of every kind, so that a kind of fault without a case does not compile. */
const oneOf: Readonly<Record<Fault['kind'], Fault>> = {
  status: { kind: 'status', status: 500 },
  reset: { kind: 'reset' },
  'reset-midway': { kind: 'reset-midway' },
  'cut-short': { kind: 'cut-short' },
  half: { kind: 'half' },
  'told-error': { kind: 'told-error', rows: 'none' },
  html: { kind: 'html' },
  redirect: { kind: 'redirect', to: 'http://127.0.0.1:9/login?key=x' },
  oversize: { kind: 'oversize', bytes: 2 * LIMIT_BYTES },
  slow: { kind: 'slow', ms: 5 },
  hang: { kind: 'hang' },
  edit: { kind: 'edit', edit: () => '{"message":"try again"}' },
};

const some = (...kinds: readonly Fault[]): SceneKnobs => ({ faults: randomFaults({ seed: 5, share: 0.25, kinds }) });
const all = (fault: Fault): SceneKnobs => ({ faults: () => fault });
const status = (code: number) => ({ kind: 'status', status: code }) as const;
const unreadable = ['cut', 'endless', 'miscoded'] as const satisfies readonly UnreadableBody[];

/** The vendor goes down in the midst of a run: what was read before is kept, and the next run goes on. */
const goesDown: Proof = async (scene) => {
  scene.turn({ faults: (number) => (number > 6 ? status(502) : undefined) });

  const down = await scene.run();

  expect(down).toMatchObject({ outcome: 'failed', error: { code: 'vendor-unavailable' } });
  expect(down.rows.new).toBeGreaterThan(0);
  expectNoSecret(scene, down.error);
  await expectNothingWrong(scene);
  await expectNothingBelowWatermark(scene, down);
};

/** All that may pass at once, over some hours. */
const everythingAtOnce: Proof = async (scene) => {
  for (let run = 0; run < 3; run++) {
    await scene.run();
    await expectNothingWrong(scene);
    scene.advance(HOUR_MS);
  }
};

/** Faults that may pass: the page is asked for again, and all is there within a few runs. */
const passing: readonly SourceCase[] = [
  ['responses of 500', 'servers fail; the same request may go well', oneOf.status],
  [
    'responses of 502 with a page of HTML',
    'a gateway in front of the vendor',
    { ...status(502), body: '<html></html>' },
  ],
  ['responses of 408', 'the vendor gave up waiting for its own back end', status(408)],
  ['connections that are reset', 'load balancers close idle connections', oneOf.reset],
  ['connections that are reset within a body', 'a server that dies while it responds', oneOf['reset-midway']],
  ['bodies shorter than announced', 'a proxy that gives up', oneOf['cut-short']],
  ['bodies cut in half and sent as if whole', 'only the end of the JSON is missing', oneOf.half],
  [
    'errors told in an empty page',
    'taken for a page, they move the watermark over rows nobody read',
    oneOf['told-error'],
  ],
  ['errors told beside rows', 'a page that is not whole', { kind: 'told-error', rows: 'kept' }],
  ['HTML with status 200', 'a maintenance page', oneOf.html],
  ['JSON of another kind with status 200', 'an error that is dressed as success', oneOf.edit],
  ['slow responses', 'a vendor under load', oneOf.slow],
].map(([name, why, fault]) => ({
  name: `some ${name as string}`,
  why: why as string,
  knobs: some(fault as Fault),
  prove: exactWithin(6),
}));

/** Faults that do not pass by themselves: something has to be fixed, and the error says what. */
const lasting: readonly SourceCase[] = [
  {
    name: 'a refused credential (401)',
    why: 'an expired key must not look like an empty vendor',
    spoilt: all(status(401)),
    prove: stopsWith('credential-refused'),
  },
  {
    name: 'a credential that may not read this (403)',
    why: 'a key of another tenant',
    spoilt: all(status(403)),
    prove: stopsWith('credential-refused'),
  },
  {
    name: 'a path that is gone (404)',
    why: 'vendors move their paths between versions',
    spoilt: all(status(404)),
    prove: stopsWith('request-refused'),
  },
  {
    name: 'a parameter that is refused (422)',
    why: 'to ask again would not help, to leave it out would lose rows',
    spoilt: all(status(422)),
    prove: stopsWith('request-refused'),
  },
  {
    name: 'nothing but 502',
    why: 'the vendor is down',
    spoilt: all(status(502)),
    prove: stopsWith('vendor-unavailable'),
  },
  {
    name: 'nothing but connections that are reset',
    why: 'a firewall in between',
    spoilt: all(oneOf.reset),
    prove: stopsWith('vendor-unavailable'),
  },
  ...unreadable.map(
    (kind): SourceCase => ({
      name: `a refused credential (401) whose body is ${kind}`,
      why: 'the status says what it is; to take it for a broken connection would ask again and again',
      spoilt: all({ ...status(401), unreadable: kind }),
      prove: stopsWith('credential-refused', { limits: { refusalBodyMs: PATIENCE_MS / 5 } }),
    }),
  ),
  {
    name: 'nothing but half bodies',
    why: 'a body that is cut the same way each time is an error, never a shorter page',
    spoilt: all(oneOf.half),
    prove: stopsWith('body-unexpected'),
  },
  {
    name: 'nothing but HTML',
    why: 'a login page in front of the API',
    spoilt: all(oneOf.html),
    prove: stopsWith('body-unexpected'),
  },
  {
    name: 'a redirect to another origin',
    why: 'the credential would go there',
    spoilt: all(oneOf.redirect),
    prove: stopsWith('redirect-refused'),
  },
  {
    name: 'bodies beyond the limit',
    why: 'memory is bounded, whatever the vendor sends',
    spoilt: all(oneOf.oversize),
    prove: stopsWith('response-too-large', { limits: { maxBytes: LIMIT_BYTES } }),
  },
  {
    name: 'no response at all, ever',
    why: 'a connection that is accepted and forgotten would hold a run until its end',
    spoilt: all(oneOf.hang),
    prove: stopsWith('vendor-unavailable', { limits: { responseMs: PATIENCE_MS / 5, tries: 2 } }),
  },
];

/** What may go wrong between any vendor and an export. */
export const faultCases: readonly SourceCase[] = [
  ...passing,
  ...lasting,
  {
    name: 'one request that never gets a response',
    why: 'it is given up and asked again, and the rest goes on',
    knobs: { faults: (number) => (number === 3 ? oneOf.hang : undefined) },
    prove: exactWithin(6, { limits: { responseMs: PATIENCE_MS } }),
  },
  {
    name: 'bodies padded with blanks, within the limit',
    why: 'white space is not a row',
    knobs: some(oneOf.oversize),
    prove: exactAtOnce,
  },
  {
    name: 'every passing fault at once',
    why: 'outages come in company',
    knobs: some(
      oneOf.status,
      oneOf.reset,
      oneOf['reset-midway'],
      oneOf['cut-short'],
      oneOf.half,
      oneOf.html,
      status(429),
    ),
    prove: everythingAtOnce,
  },
  {
    name: 'a vendor that goes down in the midst of a run',
    why: 'what was read before must not be read for nothing',
    prove: goesDown,
  },
  {
    name: 'runs with time for five pages',
    why: 'a first load outlasts any run; the next one goes on where it was',
    prove: exactInRunsOf(5),
  },
];

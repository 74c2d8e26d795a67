import type { Mutant } from './mutant.ts';

const RESPONSES = 'test/integration/http/responses.test.ts';
const HTTP = 'test/integration/http/http.test.ts';
const WAITS = 'test/unit/sources/headers/asked-wait.test.ts';
const LIMITER = 'test/unit/http/rate/rate-limiter.test.ts';

/** Bugs between the vendor's response and what is made of it: waits cut short, refusals misread, budgets wasted or overdrawn. */
export const httpMutants: readonly Mutant[] = [
  {
    name: 'refusal-lost-with-its-body',
    why: 'a 429 whose body a gateway cuts is asked again at once, and a refused credential six times',
    file: 'functions/http/transport/send.ts',
    find: 'if (error instanceof Late || transportFailure(error)) return undefined;',
    replace: '',
    test: { file: RESPONSES, name: 'because it is cut' },
  },
  {
    name: 'busy-vendor-given-up',
    why: 'a budget of the minute that nothing tells ends each run after ten seconds',
    file: 'functions/http/page/before-next-try.ts',
    find: 'return status === 429 || status === 503;',
    replace: 'return false;',
    test: { file: RESPONSES, name: 'is borne for more than a minute' },
  },
  {
    name: 'unknown-wait-taken-for-none',
    why: 'a vendor that writes its waits in a form of its own is asked again within a second',
    file: 'functions/sources/headers/asked-wait.ts',
    find: '?? UNKNOWN_WAIT_MS',
    replace: '?? 0',
    test: { file: WAITS, name: 'that is not understood is a long wait' },
  },
  {
    name: 'shorter-of-two-waits',
    why: 'a wait is cut short that a proxy has written a second time',
    file: 'functions/sources/headers/read-wait.ts',
    find: 'Math.max(...waits) : undefined',
    replace: 'Math.min(...waits) : undefined',
    test: { file: WAITS, name: 'that came twice' },
  },
  {
    name: 'instants-by-our-own-clock',
    why: 'a wait until an instant is cut by as much as our clock is ahead',
    file: 'functions/sources/headers/read-wait.ts',
    find: 'at - vendorNow(headers, now)',
    replace: 'at - now',
    test: { file: WAITS, name: 'goes by the clock of the vendor' },
  },
  {
    name: 'reset-without-remaining-ignored',
    why: 'a vendor that tells nothing but the reset of its budget is asked again and again before it',
    file: 'functions/sources/headers/asked-wait.ts',
    find: 'if (remaining !== undefined && Number(remaining) > 0) return 0;',
    replace: 'if (Number(remaining ?? 1) > 0) return 0;',
    test: { file: WAITS, name: 'is told by its reset: epoch seconds' },
  },
  {
    name: 'charset-taken-for-a-coding',
    why: 'a vendor that writes a charset into Content-Encoding cannot be read at all',
    file: 'functions/http/transport/collect-body.ts',
    find: 'FOREIGN_CODINGS.find((foreign) => codings.includes(foreign));',
    replace: "codings.find((said) => !['', 'identity', 'gzip', 'x-gzip'].includes(said));",
    test: { file: HTTP, name: 'that is plain is read under the content-encoding' },
  },
  {
    name: 'headers-of-16-kb-at-most',
    why: 'a vendor behind a proxy that sends large policies cannot be read at all',
    file: 'functions/http/create-http.ts',
    find: '    maxHeaderSize: limits.headerBytes,\n',
    replace: '',
    test: { file: HTTP, name: 'may be large' },
  },
  {
    name: 'limit-from-a-constant',
    why: 'a team with a smaller budget is read at a crawl, and a larger one is hardly used',
    file: 'functions/http/rate/learnt-limit.ts',
    find: 'of: ({ limit, highest }) =>',
    replace: 'of: () => 600, learnt: ({ limit, highest }: Period) =>',
    test: { file: LIMITER, name: 'are used up to the reserve from the second whole minute on' },
  },
  {
    name: 'limit-never-forgotten',
    why: 'a team whose budget was lowered is read at a crawl until the process ends',
    file: 'functions/http/rate/learnt-limit.ts',
    find: 'const PERIODS_KEPT = 3;',
    replace: 'const PERIODS_KEPT = 1000;',
    test: { file: LIMITER, name: 'that the vendor lowers' },
  },
  {
    name: 'others-points-taken-for-own-cost',
    why: 'what other integrations use at once ends the minute for this one',
    file: 'functions/http/rate/budget-period.ts',
    find: 'Math.min(fell, known.drop ?? fell)',
    replace: 'Math.max(fell, known.drop ?? fell)',
    test: { file: LIMITER, name: 'does not take what others use at once' },
  },
  {
    name: 'straddling-response-believed',
    why: 'a response that was counted before the minute was over wastes the next one',
    file: 'functions/http/rate/budget-period.ts',
    find: 'if (order > 0 && !straddles)',
    replace: 'if (order > 0)',
    test: { file: LIMITER, name: 'does not take the new minute for a used one' },
  },
  {
    name: 'wait-into-the-time-for-committing',
    why: 'the run is cut in the midst of a wait that a vendor named, passes for one that ran out of time, and asks again at once',
    file: 'functions/http/page/time-for-waits.ts',
    find: 'clock.timeLeftMs() - keptMs',
    replace: 'clock.timeLeftMs() - 0 * keptMs',
    test: { file: 'test/integration/runs/vendor-waits.test.ts', name: 'ends the run as the vendor' },
  },
  {
    name: 'patience-without-an-end',
    why: 'an export on a terminal waits for a busy vendor for ever',
    file: 'functions/http/page/time-for-waits.ts',
    find: 'waitingSince ??= clock.now();',
    replace: 'waitingSince = clock.now();',
    test: { file: 'test/unit/http/page/time-for-waits.test.ts', name: 'patience lasts from' },
  },
];

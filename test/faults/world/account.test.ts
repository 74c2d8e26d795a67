import { beforeAll, describe, expect, test } from 'vitest';
import type { StreamName } from '../../../contract/streams.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../support/durations.ts';
import { FIVE_STREAMS } from '../../support/five-streams.ts';
import { Agenda } from '../history/agenda.ts';
import { streamOf } from '../history/deployed.ts';
import { type HistoryPlan, planHistory } from '../history/plan.ts';
import { type End, Fleet } from './fleet.ts';
import { SimulatedS3 } from './s3.ts';
import { SimulatedSsm } from './ssm.ts';
import { SimulatedVendor } from './vendor.ts';
import { Wire } from './wire.ts';

const BEGIN_MS = Date.parse('2026-03-10T07:00:00Z');
const TENANTS = Array.from({ length: 100 }, (_, n) => `tenant-${n}`);
/** What AWS grants an account that asked for nothing: reads and writes a second (Systems Manager endpoints and quotas). */
const GRANTED = { reads: 40, writes: 3 };
const SERVICE_MS = 40;

/** What a run had of SSM. */
interface Calls {
  readonly reads: number;
  readonly writes: number;
}

/** The five streams of a hundred tenants in one account; nothing else goes wrong than that SSM grants so few calls. */
function account() {
  const agenda = new Agenda(BEGIN_MS);
  const now = () => agenda.now;
  const wire = new Wire(agenda, {
    seed: 1,
    faultShare: 0,
    mayHappen: () => false,
    trace: () => undefined,
    onDeath: () => undefined,
  });
  const ssm = new SimulatedSsm(wire, SERVICE_MS, { ...GRANTED, now });
  const s3 = new SimulatedS3(wire, SERVICE_MS, now);
  const calls = new Map<string, Calls>();
  ssm.onCall = (operation, { id }, served) => {
    const { reads, writes } = calls.get(id) ?? { reads: 0, writes: 0 };
    const isRead = operation.startsWith('Get');
    if (served) calls.set(id, { reads: reads + (isRead ? 1 : 0), writes: writes + (isRead ? 0 : 1) });
  };
  const ends: End[] = [];
  const fleets = FIVE_STREAMS.flatMap((stream) => {
    const plan = planOf(stream);
    const vendor = new SimulatedVendor(stream, {}, { now, wire, takesMs: SERVICE_MS });
    return TENANTS.map((tenant) => {
      const configured = { ...streamOf(plan, plan.settings), tenant };
      const onEnd = (end: End) => void ends.push(end);
      const fleet = new Fleet({ plan, agenda, wire, vendor, s3, ssm, stream: () => configured, onEnd });
      return { fleet, stream, tenant };
    });
  });
  return { agenda, fleets, ends, calls };
}

function planOf(stream: StreamName): HistoryPlan {
  const drawn = planHistory(1, stream);
  const settings = {
    ...drawn.settings,
    startMs: BEGIN_MS - 3 * HOUR_MS,
    lookbackMs: 15 * MINUTE_MS,
    deepLookbackMs: 2 * DAY_MS,
    settleMs: 2 * MINUTE_MS,
    enabled: true,
  };
  return { ...drawn, settings, limitMs: 15 * MINUTE_MS, faultShare: 0, skewMs: 0, wrongClocks: 0, steps: [] };
}

describe('five streams of a hundred tenants that start in the same minute, where SSM grants 3 writes a second', () => {
  const waves: { readonly ends: readonly End[]; readonly calls: readonly Calls[] }[] = [];

  beforeAll(async () => {
    const { agenda, fleets, ends, calls } = account();
    for (let hour = 0; hour < 2; hour++) {
      ends.length = 0;
      calls.clear();
      for (const [n, { fleet, stream, tenant }] of fleets.entries()) {
        const id = `${stream}.${tenant}.h${hour}`;
        agenda.at(BEGIN_MS + hour * HOUR_MS + (n % 60) * 1000, () => fleet.invoke(id, { stream, tenant }, 0));
      }
      await agenda.run(BEGIN_MS + (hour + 1) * HOUR_MS - 1);
      waves.push({ ends: [...ends], calls: [...calls.values()] });
    }
  });

  test('all catch up, in a first run and in one that finds nothing new', () => {
    for (const { ends } of waves) {
      expect(ends.filter(({ outcome }) => outcome !== 'caught up')).toEqual([]);
      expect(ends).toHaveLength(500);
    }
  });

  test('none has more than two reads and two writes, its claim among them', () => {
    for (const { calls } of waves) {
      expect(Math.max(...calls.map(({ reads }) => reads))).toBe(2);
      expect(Math.max(...calls.map(({ writes }) => writes))).toBe(2);
    }
  });
});

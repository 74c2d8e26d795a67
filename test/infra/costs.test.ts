import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Metric } from '../../contract/metrics.ts';
import { streams } from '../../contract/streams.ts';
import example from '../../examples/convlake.config.ts';
import { resourcesOf } from './support/resources-of.ts';
import { stackOf } from './support/stack-of.ts';
import { steadyDay } from './support/steady-day.ts';

const page = readFileSync(new URL('../../docs/aws.md', import.meta.url), 'utf8');
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const { template } = stackOf();

describe('the arithmetic of what a stack costs', () => {
  test('counts the series of metrics, the metrics that alarms look at, and the secrets of the example', () => {
    const configured = example.streams.length;
    const all = Object.keys(Metric);
    // The example has lists alone, of which nothing is told of details.
    const metrics = all.filter((name) => !name.startsWith('details')).length;
    const watched = [...resourcesOf(template, 'AWS::CloudWatch::Alarm').values()].flatMap(metricsOf).length;
    const secrets = new Set(example.streams.map(({ stream, tenant }) => `${stream.split('.')[0]} ${tenant}`)).size;

    expect(page).toContain(`metrics ${metrics} x ${configured} x 0.30 = ${usd(metrics * configured * 0.3)}`);
    expect(page).toContain(`${all.length} x 0.30 = ${usd(all.length * 0.3)}`);
    expect(page).toContain(`alarms ${watched} x 0.10 = ${usd(watched * 0.1)}`);
    expect(page).toContain(`secrets ${secrets} x 0.40 = ${usd(secrets * 0.4)}`);
  });

  test.each([...streams.keys()])('says of %s how much is read in a day, as the engine plans it', (stream) => {
    const { runs, windows, reads } = steadyDay(stream);

    expect(page).toContain(`| ${stream} | ${runs} | ${windows} | ${reads} |`);
  });

  test.each([
    ['crescendo.vocconv', 1000, 0.5, 4],
    ['voiceable.conversations', 100, 0.3, 4],
    ['elevenlabs.conversations', 100, 0.3, 4],
    ['salesloft.conversations', 100, 0.3, 1],
  ] as const)('makes of that what Lambda costs for %s', (stream, size, seconds, beside) => {
    const [, price] = /Lambda on arm64: ([\d.]+) per GB-second/.exec(page) ?? [];
    const { reads } = steadyDay(stream);
    const pages = (reads * 1_000_000) / size;
    const gbSeconds = (pages * seconds) / beside;
    const grouped = (value: number) => value.toLocaleString('en-US');

    expect(page).toContain(
      `read ${reads} times: ${grouped(pages)} pages of ${grouped(size)} x ${seconds} s / ${beside} side by side = ${grouped(gbSeconds)} GB-s | ${usd(gbSeconds * Number(price))} |`,
    );
  });

  test('makes of what a detail takes the cost of a thousand', () => {
    const [, price] = /Lambda on arm64: ([\d.]+) per GB-second/.exec(page) ?? [];
    const gbSeconds = (1000 * 0.5) / 4;

    expect(page).toContain(
      `1,000 details x 0.5 s / 4 side by side = ${gbSeconds} GB-s | ${(gbSeconds * Number(price)).toFixed(4)} |`,
    );
  });

  test('adds up, and the README says the same', () => {
    const [, fixed = ''] = /^\*\*Whether or not anything comes in\*\*([\s\S]*?)About (\d+)\./m.exec(page) ?? [];
    const terms = [...fixed.matchAll(/(\d+\.\d\d)(?=[,.\n])/g)].map(([, amount]) => Number(amount));
    const sum = Math.round(terms.reduce((total, amount) => total + amount, 0));

    expect(terms).toHaveLength(6);
    expect(page).toContain(`About ${sum}.`);
    expect(readme).toContain(`about ${sum} USD a month`);
  });
});

/** An alarm over an expression looks at every metric in it; the expression itself is none. */
function metricsOf({ Properties }: { readonly Properties: Readonly<Record<string, unknown>> }): readonly unknown[] {
  const { Metrics: metrics } = Properties;
  return Array.isArray(metrics) ? metrics.filter((metric) => 'MetricStat' in metric) : [Properties['MetricName']];
}

function usd(amount: number): string {
  return amount.toFixed(2);
}

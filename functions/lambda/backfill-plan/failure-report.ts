import { type FailedWork, groupBy } from './work.ts';

/** Lines of the list, and characters of a cause in it: Step Functions shows 32,768 characters of an error. */
const MOST_LINES = 50;
const CAUSE_LENGTH = 300;

/**
 * The list of what failed, a line for each stream, tenant and error.
 * @param place where the whole list is
 */
export function failureReport(failed: readonly FailedWork[], place: string): string {
  const groups = [...groupBy(failed, ({ span, error }) => `${span.stream} ${span.tenant} ${error}`).values()];
  const lines = groups.slice(0, MOST_LINES).map(lineOf);
  const further = groups.length - lines.length;
  return [
    `${spans(failed.length)} could not be read; fix the causes and redrive the execution, which reads these alone`,
    ...lines,
    ...(further > 0 ? [`and ${further} more`] : []),
    `All of them are in ${place}`,
  ].join('\n');
}

function lineOf(failed: readonly FailedWork[]): string {
  const [first] = failed;
  if (!first) return '';
  const { span, error, cause } = first;
  const froms = failed.map((one) => one.span.from).toSorted();
  const tos = failed.map((one) => one.span.to).toSorted();
  const message = messageOf(cause).slice(0, CAUSE_LENGTH);
  const extent = `${spans(failed.length)} between ${froms[0]} and ${tos.at(-1)}`;
  return `- ${span.stream} of ${span.tenant}, ${extent}: ${error}${message === '' ? '' : `: ${message}`}`;
}

/** Of what Lambda says of an error, which may be cut off anywhere, the message; anything else as it is. */
function messageOf(cause: string): string {
  const [, written] = /"errorMessage":"((?:[^"\\]|\\.)*)/.exec(cause) ?? [];
  if (written === undefined) return cause;
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    return written;
  }
}

function spans(count: number): string {
  return count === 1 ? '1 span' : `${count} spans`;
}

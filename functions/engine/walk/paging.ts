import type { FieldPath } from '../../../contract/streams.ts';
import { ConvlakeError, hasCode } from '../errors.ts';
import type { FetchPage } from '../ports.ts';
import { splitPage } from '../rows/split-page.ts';
import type { Bookmark, Dialect, Page, PageReading, PageRequest, Span } from '../source.ts';
import { RequestGuard } from './circle-guard.ts';

/** The reading of a page, with what paging itself knows of it. */
export interface TimedReading extends PageReading {
  /** What `onRequest` returned for its request. */
  readonly readAt: number;
  /** Of its request. */
  readonly pass: string | undefined;
  /** How many rows the vendor sent; the dialect may have dropped some that it had handed over before. */
  readonly received: number;
  /** Size of the body. */
  readonly bytes: number;
}

/** What a walk needs. */
export interface WalkPorts {
  /** For messages. */
  readonly stream: string;
  readonly dialect: Dialect;
  readonly fields: readonly FieldPath[];
  readonly fetchPage: FetchPage;
  readonly signal: AbortSignal;
  /** Called as each request is sent; gives its tick. */
  readonly onRequest: () => number;
}

/**
 * The one paging loop. Yields the pages of a walk in order, and asks for the next one while the caller handles this one. Ends
 * where the dialect says that the vendor said so.
 * @throws ConvlakeError `paging-stuck` when the vendor leads back to a request of the same walk
 */
export async function* readPages(
  span: Span,
  bookmark: Bookmark | undefined,
  ports: WalkPorts,
): AsyncGenerator<TimedReading> {
  const guard = new RequestGuard(ports.stream);
  const controller = new AbortController();
  // Not AbortSignal.any: what it returns stays with a signal that lives on, 2 KB for each walk of a run.
  const leave = () => controller.abort(ports.signal.reason);
  ports.signal.addEventListener('abort', leave);
  if (ports.signal.aborted) leave();

  const ask = async (request: PageRequest): Promise<TimedReading> => {
    guard.take(request.state);
    const readAt = ports.onRequest();
    return ports.fetchPage(request, controller.signal, (body) => {
      const page = split(body, ports);
      const reading = ports.dialect.readPage(request, page);
      return { ...reading, readAt, pass: request.pass, received: page.rows.length, bytes: body.length };
    });
  };
  const askAhead = (request: PageRequest): Promise<TimedReading> => {
    const page = ask(request);
    page.catch(() => undefined); // it may fail before anybody waits for it
    return page;
  };

  try {
    let page: Promise<TimedReading> | undefined = askAhead(ports.dialect.firstPage(span, bookmark));
    while (page) {
      const reading: TimedReading = await page;
      page = reading.next && askAhead(reading.next);
      yield reading;
    }
  } finally {
    ports.signal.removeEventListener('abort', leave);
    controller.abort(new ConvlakeError('interrupted', 'stop-run', 'the walk was left before its end'));
  }
}

/** The splitter knows no stream; its error must name one all the same. */
function split(body: Uint8Array, { stream, fields, dialect }: WalkPorts): Page {
  try {
    return splitPage(body, fields, dialect.rowsUnder);
  } catch (error) {
    if (!hasCode(error, 'body-unexpected')) throw error;
    const message = `${stream}: ${error.message}; nothing of it was taken, see whether the vendor changed this API`;
    throw new ConvlakeError(error.code, error.recovery, message);
  }
}

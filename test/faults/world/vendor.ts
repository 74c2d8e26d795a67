import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { isDetailStream, type StreamName, streamDefinition } from '../../../contract/streams.ts';
import type { ConnectionPool, OpenPool } from '../../../functions/http/create-http.ts';
import type { Details } from '../../simulator/details/details.ts';
import { tellingError } from '../../simulator/faults.ts';
import type { ApiRequest, VendorApi, VendorResponse } from '../../simulator/vendors/api.ts';
import { makeVendors } from '../../simulator/vendors/vendors.ts';
import { type AllKnobs, completeKnobs, type Knobs } from '../../simulator/world/knobs.ts';
import type { World } from '../../simulator/world/world.ts';
import { TENANT } from './names.ts';
import type { Process, Wire } from './wire.ts';

/** The credential that it takes. */
export const API_KEY = 'simulated-key';

/** Called with a page of the list that reached the process that asked for it. */
export type Heard = (process: Process, body: string) => void;

/** The vendor of one stream, with no server between it and its clients. */
export class SimulatedVendor {
  readonly world: World;
  /** The details of the rows, of a stream whose details are fetched. */
  readonly details: Details | undefined;
  knobs: AllKnobs;
  /** False while every list is empty. */
  blind: () => boolean = () => false;
  onHeard: Heard = () => undefined;
  requests = 0;
  readonly #api: VendorApi;
  readonly #now: () => number;
  readonly #wire: Wire;
  /** How long a response takes, both ways together. */
  takesMs: number;
  readonly #stream: StreamName;

  constructor(
    stream: StreamName,
    knobs: Knobs,
    { now, wire, takesMs }: { readonly now: () => number; readonly wire: Wire; readonly takesMs: number },
  ) {
    this.knobs = completeKnobs(knobs);
    const vendors = makeVendors({
      seed: 1,
      rows: 0,
      days: 1,
      sinceMs: now(),
      now,
      remember: false,
      apiKey: API_KEY,
      tenant: TENANT,
      knobsOf: (source) => () => this.knobs[source],
    });
    this.world = vendors.worlds[stream];
    this.details = isDetailStream(stream) ? vendors.details[stream] : undefined;
    this.#api = vendors.apis[streamDefinition(stream).source];
    this.#now = now;
    this.#wire = wire;
    this.takesMs = takesMs;
    this.#stream = stream;
  }

  /** The connections of one process. */
  poolOf(process: Process): OpenPool {
    return () => {
      const request = async (options: Dispatcher.RequestOptions) => {
        const response = await this.#wire.call(process, {
          to: 'vendor',
          name: this.#isOfDetail(options) ? `detail ${options.path}` : String(options.path).replace(/^[^?]*/, ''),
          act: () => this.#respond(options),
          refuse: () => this.#refuse(options),
          spoil: (whole) => ({ ...whole, body: whole.body.subarray(0, whole.body.length >> 1) }),
          takesMs: this.takesMs,
          ...(options.signal instanceof AbortSignal && { signal: options.signal }),
        });
        const isPage = response.statusCode === 200 && !response.tellsError && !this.#isOfDetail(options);
        if (isPage) this.onHeard(process, response.body.toString());
        return { ...response, body: bodyOf(response) };
      };
      return { request, destroy: async () => undefined } as unknown as ConnectionPool;
    };
  }

  #isOfDetail({ path }: Dispatcher.RequestOptions): boolean {
    return this.details !== undefined && /\/(?:conversations|transcriptions)\/./.test(String(path));
  }

  #respond({ path, headers }: Dispatcher.RequestOptions): Given {
    const url = new URL(String(path), 'http://vendor');
    const request: ApiRequest = {
      number: ++this.requests,
      at: this.#now(),
      method: 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: headers as ApiRequest['headers'],
      underWay: 1,
    };
    if (this.blind()) this.knobs = this.#with({ emptyDuring: [{ from: request.at, to: request.at + 1 }] });
    const response = this.#api.respond(request);
    if (this.blind()) this.knobs = this.#with({ emptyDuring: [] });
    return given(response, request.at);
  }

  /** Overloaded, or in trouble: with a wait in whatever form, or none, and a body that may be cut; or with status 200. */
  #refuse(options: Dispatcher.RequestOptions): Given {
    const [turn, at] = [this.requests, this.#now()];
    const status = [429, 500, 503, 200][turn % 4] ?? 500;
    if (status === 200) {
      const right = this.#respond(options);
      const body = tellingError(right.body.toString(), Buffer.from(this.#api.errorBody(503)).toString(), 'none');
      return { ...right, body: Buffer.from(body), tellsError: true };
    }
    const wait = WAITS[turn % WAITS.length]?.(at);
    const headers = wait === undefined ? {} : { 'retry-after': wait };
    return { ...given({ status, headers, body: this.#api.errorBody(status) }, at), cut: turn % 3 === 0 };
  }

  #with(turned: Pick<AllKnobs['crescendo'], 'emptyDuring'>): AllKnobs {
    const { source } = streamDefinition(this.#stream);
    return { ...this.knobs, [source]: { ...this.knobs[source], ...turned } };
  }
}

/** How a vendor writes for how long it wants to be left alone. */
const WAITS: readonly ((at: number) => string | undefined)[] = [
  () => undefined,
  () => '2',
  () => '1.5',
  () => undefined,
  () => '3s',
  (at) => new Date(at + 4000).toISOString(),
  () => '5, 5',
  (at) => new Date(at + 9000).toUTCString().replace('GMT', 'UTC'),
  () => '0',
  () => 'soon',
  () => undefined,
];

/** The body on its way, or the half of it that arrives before the connection breaks. */
function bodyOf({ body, cut }: Given): Readable {
  async function* pieces() {
    yield cut ? body.subarray(0, body.length >> 1) : body;
    if (cut) throw Object.assign(new Error('the connection was closed'), { code: 'UND_ERR_SOCKET' });
  }
  return Readable.from(pieces(), { objectMode: false });
}

interface Given {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** An error in a response whose status is that of a success. */
  readonly tellsError?: true;
  /** True where the connection breaks within the body. */
  readonly cut?: boolean;
}

function given({ status, headers, body }: VendorResponse, at: number): Given {
  return {
    statusCode: status,
    headers: { date: new Date(at).toUTCString(), 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  };
}

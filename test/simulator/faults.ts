import { draw } from './rows/random.ts';

/** A request as hooks, faults and statistics see it: without headers and without any credential. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Query parameters as they came, decoded; of a repeated name the last. */
  readonly query: Readonly<Record<string, string>>;
  /** By the simulator's clock, epoch ms. */
  readonly at: number;
}

/** Why a body cannot be read: it ends too soon, it never ends, or it is not in the coding that its headers name. */
export type UnreadableBody = 'cut' | 'endless' | 'miscoded';

/** What goes wrong with one request. */
export type Fault =
  /**
   * Another status. `retryAfter` is sent as it is: seconds, a date, or whatever a vendor may write there. Without `body`, the vendor's own
   * error body; `unreadable` spoils it.
   */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly unreadable?: UnreadableBody;
    }
  /** The connection is reset before a response. */
  | { readonly kind: 'reset' }
  /** The connection is reset after a share of the body, half of it unless said otherwise. */
  | { readonly kind: 'reset-midway'; readonly share?: number }
  /** A share of the body, half of it unless said otherwise, under a Content-Length for the whole, then the connection closes. */
  | { readonly kind: 'cut-short'; readonly share?: number }
  /** Half of the body, sent as if it were all: only the reader of the JSON can notice. */
  | { readonly kind: 'half' }
  /** Status 200 and the right body, with the members of the vendor's own error in it, in the place of its rows or beside them. */
  | { readonly kind: 'told-error'; readonly rows: 'kept' | 'none' }
  /** Status 200 and a page of HTML. */
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** A well-formed body padded with white space to this size. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly ms: number }
  /** No response, ever, until the client or the simulator closes the connection. */
  | { readonly kind: 'hang' }
  /** The body is what the function makes of the right one. */
  | { readonly kind: 'edit'; readonly edit: (body: string) => string };

/** The right body with the members of an error at its end. A bare array has no place for them. */
export function tellingError(right: string, error: string, rows: 'kept' | 'none'): string {
  if (!right.trimEnd().endsWith('}')) return error;
  const body = rows === 'kept' ? right : JSON.stringify(JSON.parse(right), emptied);
  return `${body.trimEnd().slice(0, -1)},${error.trimStart().slice(1)}`;
}

function emptied(_name: string, value: unknown): unknown {
  return Array.isArray(value) ? [] : value;
}

/** A fault schedule. */
export type FaultSchedule = (requestNumber: number, request: SeenRequest) => Fault | undefined;

/** The given faults at exactly these request numbers. */
export function faultsAt(faults: Readonly<Record<number, Fault>>): FaultSchedule {
  return (requestNumber) => faults[requestNumber];
}

/** One of `kinds` for a seeded share of the requests: the same requests every time. */
export function randomFaults(from: { seed: number; share: number; kinds: readonly Fault[] }): FaultSchedule {
  return (requestNumber) => {
    const chance = draw(from.seed, requestNumber, 1) / 4_294_967_296;
    return chance < from.share ? from.kinds[draw(from.seed, requestNumber, 2) % from.kinds.length] : undefined;
  };
}

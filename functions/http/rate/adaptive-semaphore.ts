import { createWaitingLine } from './waiting-line.ts';

/** After so many requests served in a row one more may be in flight: about one in a hundred is refused where the vendor's limit stays as it is. */
const SERVED_TO_GROW = 20;

/**
 * As many requests in flight as the vendor bears, which only its refusals tell: half of those that were too many from then on, and one more
 * after some that went well, as TCP finds what a network bears (RFC 5681).
 */
export interface AdaptiveSemaphore {
  /** Resolves when one more request may be in flight, in the order of asking; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<Turn>;
}

/** One request in flight. */
export interface Turn {
  /** Takes note that the vendor served it. */
  served(): void;
  /**
   * Takes note that the vendor refused it because too many are in flight. False when no other was in flight with it: then those of other
   * programs are too many, and only a wait helps. Requests that were sent before the last halving do not halve again.
   */
  tooMany(): boolean;
  /** It is not in flight any more. To be called once. */
  release(): void;
}

/** One that lets everything pass until a refusal says otherwise. */
export function createAdaptiveSemaphore(): AdaptiveSemaphore {
  const line = createWaitingLine();
  const inFlight = new Set<{ peak: number; readonly halvings: number }>();
  let promised = 0; // called from the line, and not in flight yet
  let most = Number.POSITIVE_INFINITY;
  let halvings = 0;
  let servedSince = 0;

  const isFull = () => inFlight.size + promised >= most;
  const callWhileFree = () => {
    while (!isFull() && line.callNext()) promised += 1;
  };

  const begin = (): Turn => {
    const own = { peak: 0, halvings };
    inFlight.add(own);
    for (const other of inFlight) other.peak = Math.max(other.peak, inFlight.size);
    return {
      served() {
        servedSince += 1;
        if (servedSince < SERVED_TO_GROW) return;
        servedSince = 0;
        most += 1;
        callWhileFree();
      },
      tooMany() {
        if (own.peak <= 1) return false;
        servedSince = 0;
        if (own.halvings === halvings) {
          halvings += 1;
          most = Math.max(1, Math.floor(Math.min(most, own.peak) / 2));
        }
        return true;
      },
      release() {
        inFlight.delete(own);
        callWhileFree();
      },
    };
  };

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (isFull()) {
        await line.join(signal);
        promised -= 1;
      }
      return begin();
    },
  };
}

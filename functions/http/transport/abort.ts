/** Settles as `promise` does, or rejects with the signal's reason as soon as that is aborted. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stopWaiting = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stopWaiting = onAbort(signal, reject);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopWaiting();
  }
}

/**
 * Calls `act` with the reason once the signal is aborted (at once where it is already); returns the function that stops
 * listening, so that a signal as long-lived as a run does not gather a listener per request.
 */
export function onAbort(signal: AbortSignal, act: (reason: unknown) => void): () => void {
  const listener = () => act(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

import { type ListStreamName, type StreamDefinition, streamDefinition } from '../../../contract/streams.ts';

/** The definition of a stream as if its rows had details, which is what its first run begins near to now for. */
export function withDetails(parent: ListStreamName): StreamDefinition {
  const details = { parent, path: '/{id}', changes: [], revisits: [] };
  return { ...streamDefinition(parent), details };
}

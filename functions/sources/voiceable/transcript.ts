import type { DialectSettings, WholeDetail } from '../../engine/source.ts';
import { SAFE_CODES } from '../call-history.ts';
import { TRANSCRIPT_FIELDS, transcriptReading } from '../call-transcript.ts';
import { detailRequest, refuseErrorBeside, refuseOtherId } from '../detail.ts';

/** The id stands under one name in the documentation and under the other in what the front end reads. */
const IDS = [['conversation_id'], ['id']] as const;

/**
 * Conversations one by one, in `{status, data}`. Rows of the list may carry their transcript already: then these are the detail, and
 * nothing is asked for. No 404 is documented; an id that is not known may well come as 502, the upstream's error.
 */
export function transcriptDetail({ definition }: DialectSettings): WholeDetail {
  const { stream } = definition;
  return {
    kind: 'whole',
    listFields: TRANSCRIPT_FIELDS,
    inList(row) {
      if (!row.tokens[TRANSCRIPT]?.startsWith('[')) return undefined;
      const reading = transcriptReading(definition, row);
      return reading.empty ? undefined : reading;
    },
    under: 'data',
    fields: [...IDS, ...TRANSCRIPT_FIELDS],
    request: (id) => detailRequest(definition, id),
    read(id, { envelope, detail: { bytes, tokens } }) {
      refuseErrorBeside({ stream, value: envelope }, SAFE_CODES);
      refuseOtherId(stream, id, tokens.slice(0, IDS.length));
      return transcriptReading(definition, { bytes, tokens: tokens.slice(IDS.length) });
    },
  };
}

const TRANSCRIPT = TRANSCRIPT_FIELDS.findIndex(([name]) => name === 'transcript');

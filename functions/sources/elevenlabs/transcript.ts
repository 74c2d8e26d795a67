import type { FieldPath } from '../../../contract/streams.ts';
import type { DialectSettings, WholeDetail } from '../../engine/source.ts';
import { SAFE_CODES } from '../call-history.ts';
import { isNothing, TRANSCRIPT_FIELDS, transcriptReading } from '../call-transcript.ts';
import { detailRequest, notTheDetail, refuseOtherId } from '../detail.ts';
import { refuseToldError } from '../told-error.ts';

/** Members of the detail's own object under which an error may stand; `status` and `message` are not among them. */
const ERRORS = ['detail', 'error', 'errors'] as const;
const FIELDS: readonly FieldPath[] = [
  ['conversation_id'],
  ...TRANSCRIPT_FIELDS,
  ...ERRORS.map((name) => [name] as const),
];

/**
 * Conversations one by one, transcript, metadata and analysis included. The response is the conversation itself, without an
 * envelope. While a call goes on the endpoint has a part of it; `analysis` is null until it was made, of failed calls perhaps for ever.
 */
export function transcriptDetail({ definition }: DialectSettings): WholeDetail {
  const { stream } = definition;
  return {
    kind: 'whole',
    listFields: [],
    under: undefined,
    fields: FIELDS,
    request: (id) => detailRequest(definition, id),
    read(id, { detail: { bytes, tokens } }) {
      const [conversationId, status, transcript, analysis, deletedAt, ...errors] = tokens;
      const told = Object.fromEntries(ERRORS.map((name, index) => [name, JSON.parse(errors[index] ?? 'null')]));
      refuseToldError({ stream, value: told }, told, 1, SAFE_CODES);
      refuseOtherId(stream, id, [conversationId]);
      if (status === undefined || transcript === undefined)
        throw notTheDetail(stream, 'lacks a status or a transcript');
      const row = { bytes, tokens: [status, transcript, isNothing(analysis) ? 'null' : analysis, deletedAt] };
      return transcriptReading(definition, row);
    },
  };
}

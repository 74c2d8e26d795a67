import type { DialectSettings, WholeDetail } from '../../engine/source.ts';
import { detailRequest, refuseErrorBeside, refuseOtherId } from '../detail.ts';
import { SAFE_CODES } from './check-response.ts';

/**
 * All that Salesloft tells of one conversation, as `{data}`: its row with summary, key moments, action items and those who took part.
 * How far these have got is told by a `status` of each, whose words are not documented; that they come later is what revisits are for.
 */
export function conversationDetail({ definition }: DialectSettings): WholeDetail {
  const { stream } = definition;
  return {
    kind: 'whole',
    listFields: [],
    under: 'data',
    fields: [['id']],
    request: (id) => detailRequest(definition, id),
    read(id, { envelope, detail: { bytes, tokens } }) {
      refuseErrorBeside({ stream, value: envelope }, SAFE_CODES);
      refuseOtherId(stream, id, tokens);
      return { bytes, open: false, incomplete: false, empty: false, erased: false };
    },
  };
}

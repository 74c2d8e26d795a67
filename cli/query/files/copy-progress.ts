import { several, sized } from '../../output/words.ts';
import type { Copying } from './bucket-files.ts';

const ERASE_LINE = '\r\u001b[K';

/** Says on standard error how far copying has got: in one line that changes on a terminal, else once it is done. */
export function copyProgress(lake: string, stderr: NodeJS.WriteStream): (progress: Copying) => void {
  return ({ objects, of, bytes }) => {
    const isDone = objects === of;
    const text = isDone
      ? `copied ${several(of, 'object')} of ${lake}, ${sized(bytes)}\n`
      : `copying ${several(of, 'object')} of ${lake}: ${objects} are here, ${sized(bytes)}`;
    if (stderr.isTTY) stderr.write(`${ERASE_LINE}${text}`);
    else if (isDone) stderr.write(text);
  };
}

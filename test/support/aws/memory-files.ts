import type { TextFiles } from '../../../functions/lambda/backfill-plan/round-files.ts';

/** The files of one bucket among objects in memory, whose names are `<bucket>/<key>`. */
export function memoryFiles(bucket: string, objects: Map<string, string> = new Map()): TextFiles {
  return {
    bucket,
    async read(key) {
      const text = objects.get(`${bucket}/${key}`);
      if (text === undefined) throw new Error(`there is no ${bucket}/${key}`);
      return text;
    },
    async write(key, text) {
      objects.set(`${bucket}/${key}`, text);
    },
  };
}

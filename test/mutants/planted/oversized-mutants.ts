import { type Mutant, oversized } from './mutant.ts';

/** Bugs of rows too large for a line: they stand twice, or nowhere, or as a line that no reader takes. */
export const oversizedMutants: readonly Mutant[] = [
  {
    name: 'large-row-left-in-its-line',
    why: "Athena refuses every query over the row's day",
    file: 'functions/engine/rows/oversized.ts',
    find: 'row.bytes.length > oversizedBytes ? stand(row)',
    replace: 'row.bytes.length > Number.MAX_SAFE_INTEGER ? stand(row)',
    where: oversized,
  },
  {
    name: 'stub-before-its-object',
    why: 'a run that dies between the two leaves a line that refers to nothing, and the row is lost once the vendor deletes it',
    file: 'functions/engine/partition/writer.ts',
    find: 'await this.#oversized.putAll(lake, codec, () => clock.now());',
    replace: 'void this.#oversized.putAll(lake, codec, () => clock.now()).catch(() => undefined);',
    where: oversized,
  },
  {
    name: 'stub-without-its-key',
    why: 'a row that grows too large stands in the table twice, before and after',
    file: 'functions/engine/rows/oversized.ts',
    find: 'return token === undefined ? [] : [{ path, token }];',
    replace: 'return token === undefined || slot === 0 ? [] : [{ path, token }];',
    where: oversized,
  },
  {
    name: 'referenced-object-swept',
    why: 'two days after a large row came, the next commit of its day removes it',
    file: 'functions/engine/partition/oversized/sweep.ts',
    find: 'if (!references.has(key)) await lake.remove(key, tag);',
    replace: 'if (references !== undefined) await lake.remove(key, tag);',
    where: oversized,
  },
  {
    name: 'stub-of-the-object-unknown',
    why: 'an object that a line refers to passes for one that nothing refers to, and is removed',
    file: 'functions/engine/partition/writer.ts',
    find: 'if (reference !== undefined) this.#oversized.found(seq, reference);',
    replace: '',
    test: {
      file: 'test/unit/engine/partition/oversized/oversized-rows.test.ts',
      name: 'goes with a later commit of its partition',
    },
  },
  {
    name: 'young-object-swept',
    why: 'the object of a row whose stub another run is about to commit is removed',
    file: 'functions/engine/partition/oversized/sweep.ts',
    find: 'object.modifiedAt < now - SWEPT_AFTER_MS',
    replace: 'object.modifiedAt <= now',
    test: {
      file: 'test/unit/engine/partition/oversized/oversized-rows.test.ts',
      name: 'goes with a later commit of its partition',
    },
  },
  {
    name: 'object-put-anew-swept',
    why: 'a run that stood still between listing and removing takes away what another has put anew meanwhile',
    file: 'functions/lake/s3/s3-folder.ts',
    find: '{ ...object.name, IfMatch: tag }',
    replace: '{ ...object.name }',
    test: { file: 'test/integration/lake/lake-contract.test.ts', name: 'leaves an object alone that was written anew' },
  },
  {
    name: 'same-bytes-however-often-packed',
    why: 'an object that was put anew has the tag that it had before, and is removed',
    file: 'functions/lake/gzip/pack-row.ts',
    find: 'if (first) chunk.writeUInt32LE',
    replace: 'if (!first) chunk.writeUInt32LE',
    test: { file: 'test/integration/lake/lake-contract.test.ts', name: 'leaves an object alone that was written anew' },
  },
  {
    name: 'large-row-put-once',
    why: 'a commit that is tried again refers to an object that another run has removed meanwhile',
    file: 'functions/engine/partition/oversized/oversized-rows.ts',
    find: 'await lake.putWhole(waiting.key, codec.packRow(this.#read(waiting), now()));',
    replace:
      'if (waiting.length > 0) await lake.putWhole(waiting.key, codec.packRow(this.#read(waiting), now()));\n      Object.assign(waiting, { length: 0 });',
    test: {
      file: 'test/unit/engine/partition/oversized/oversized-rows.test.ts',
      name: 'is put again before every try',
    },
  },
  {
    name: 'keyless-large-line-not-known-by-its-stub',
    why: 'a large row without a key that was written before there was a limit stands in the table twice',
    file: 'functions/engine/rows/oversized.ts',
    find: '{ ...identity, key: stand(line).identity.key }',
    replace: 'identity',
    test: {
      file: 'test/unit/engine/rows/oversized.test.ts',
      name: 'that stands as a line, written before there was a limit',
    },
  },
];

import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Condition, Headers, Written } from './put-headers.ts';
import { s3Failure } from './s3-failure.ts';
import type { S3Object } from './s3-location.ts';

/** Parts in sending: enough to fill a line of 1 Gbit/s at 8 MB a part and 150 ms a response, and few enough to bound memory. */
const PARTS_IN_FLIGHT = 3;

/** A checksum of the whole object, not of its parts' checksums: only that one the SDK checks when it reads the object. */
const CHECKSUM = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;

/** An upload that begins when it is opened and is seen by nobody before `complete`. */
export interface MultipartUpload {
  /**
   * Sends the parts; each is released when S3 has it. Resolves or rejects when nothing is in flight any more, with the
   * first cause, be it the source's or S3's.
   */
  send(parts: AsyncIterable<Uint8Array>, release: (part: Uint8Array) => void): Promise<void>;
  /** May be called again. @throws the SDK's error */
  complete(condition: Condition): Promise<Written>;
  /** Forgets the parts. Never rejects: a rule of the bucket ends what this cannot. */
  abort(): Promise<void>;
}

/**
 * Begins a multipart upload. Not lib-storage's Upload, which keeps to itself of which parts a refused upload is, so that it cannot be completed
 * again, and takes no part below 5 MB, so that no simulation could try it (docs/decisions/0005-own-multipart-upload.md).
 * @throws ConvlakeError `lake-unavailable`
 */
export async function openMultipart(object: S3Object, headers: Headers): Promise<MultipartUpload> {
  const { client, name } = object;
  const create = new CreateMultipartUploadCommand({ ...name, ...headers, ...CHECKSUM });
  const { UploadId } = await client.send(create).catch((cause: unknown) => {
    throw s3Failure('begin an upload to', object, cause);
  });
  const upload = { ...name, UploadId };
  const completed: CompletedPart[] = [];

  const sendPart = async (PartNumber: number, Body: Uint8Array, abortSignal: AbortSignal) => {
    const command = new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm: 'CRC32' });
    const { ETag, ChecksumCRC32 } = await client.send(command, { abortSignal }).catch((cause: unknown) => {
      throw s3Failure(`upload part ${PartNumber} of`, object, cause);
    });
    completed.push({ PartNumber, ETag, ChecksumCRC32 });
  };

  return {
    async send(parts, release) {
      const stop = new AbortController();
      const inFlight = new Set<Promise<void>>();
      let failure: { readonly cause: unknown } | undefined;
      const fail = (cause: unknown) => {
        failure ??= { cause };
        stop.abort();
      };
      const sendAndRelease = async (part: Uint8Array, number: number) => {
        await sendPart(number, part, stop.signal);
        release(part);
      };
      try {
        let number = 0;
        for await (const part of parts) {
          while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight);
          if (failure) break;
          const sending: Promise<void> = sendAndRelease(part, ++number)
            .catch(fail)
            .finally(() => inFlight.delete(sending));
          inFlight.add(sending);
        }
      } catch (cause) {
        fail(cause);
      }
      await Promise.all(inFlight); // an abort while a part is in flight would leave that part behind
      if (failure) throw failure.cause;
    },
    async complete(condition) {
      const Parts = completed.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      const conditions = { ...condition, ChecksumType: CHECKSUM.ChecksumType };
      const command = new CompleteMultipartUploadCommand({ ...upload, ...conditions, MultipartUpload: { Parts } });
      return client.send(command);
    },
    async abort() {
      await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    },
  };
}

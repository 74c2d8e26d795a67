/** A fake S3 in a process of its own, so that its work is nobody's CPU and memory. Prints its address and bucket as one line of JSON. */
import { serveFakeS3 } from '../../support/aws/fake-s3-server.ts';

const { endpoint, bucket } = await serveFakeS3({ keepsNoParts: true });
process.stdout.write(`${JSON.stringify({ endpoint, bucket })}\n`);

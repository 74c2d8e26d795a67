import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ExportRequest } from '../../../contract/events.ts';
import { AWS_CLIENT_SETTINGS } from '../../wiring/aws-client-settings.ts';

let client: LambdaClient | undefined;

/**
 * Starts an invocation that nobody waits for. A response that gets lost may start two: the claim of the first ends the second.
 * @throws Error of the SDK
 */
export async function invokeFunction(functionName: string, request: ExportRequest): Promise<void> {
  client ??= new LambdaClient(AWS_CLIENT_SETTINGS);
  const Payload = new TextEncoder().encode(JSON.stringify(request));
  await client.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
}

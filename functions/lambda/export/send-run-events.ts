import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { RUN_EVENT, type RunEnded } from '../../../contract/events.ts';
import { AWS_CLIENT_SETTINGS } from '../../wiring/aws-client-settings.ts';

let client: EventBridgeClient | undefined;

/**
 * Sends a run's events, one request each: the limit of 256 KB holds for a request as it does for an entry.
 * @throws Error of the SDK; Error for an entry that EventBridge did not take
 */
export async function sendRunEvents(eventBus: string, events: readonly RunEnded[]): Promise<void> {
  client ??= new EventBridgeClient(AWS_CLIENT_SETTINGS);
  for (const event of events) {
    const entry = { EventBusName: eventBus, Source: RUN_EVENT.source, DetailType: RUN_EVENT.detailType };
    const { Entries = [] } = await client.send(
      new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(event) }] }),
    );
    const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused) throw new Error(`EventBridge did not take an event (${refused.ErrorCode})`);
  }
}

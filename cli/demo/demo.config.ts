/**
 * What the demo exports: the streams of one tenant, from simulated vendors on this machine. For a real account leave
 * `baseUrl` out, and name the variable that holds its key.
 */
import { defineConfig } from '../../contract/configuration/define-config.ts';

const DAY_MS = 86_400_000;

const COMMON = { tenant: 'demo', credential: 'env:DEMO_API_KEY', start: daysAgo(30) };
/** Details are asked for one by one. */
const DETAILS = { ...COMMON, start: daysAgo(3) };

export default defineConfig({
  stage: 'demo',
  lake: './lake',
  streams: [
    { ...COMMON, stream: 'crescendo.vocconv', baseUrl: baseUrl('CRESCENDO') },
    { ...COMMON, stream: 'crescendo.botconv', baseUrl: baseUrl('CRESCENDO') },
    { ...COMMON, stream: 'salesloft.conversations', baseUrl: baseUrl('SALESLOFT') },
    { ...COMMON, stream: 'salesloft.transcriptions', baseUrl: baseUrl('SALESLOFT') },
    { ...DETAILS, stream: 'salesloft.transcript_sentences', baseUrl: baseUrl('SALESLOFT') },
    { ...DETAILS, stream: 'salesloft.conversation_details', baseUrl: baseUrl('SALESLOFT') },
    { ...COMMON, stream: 'voiceable.conversations', baseUrl: baseUrl('VOICEABLE') },
    { ...DETAILS, stream: 'voiceable.transcripts', baseUrl: baseUrl('VOICEABLE') },
    { ...COMMON, stream: 'elevenlabs.conversations', baseUrl: baseUrl('ELEVENLABS') },
    { ...DETAILS, stream: 'elevenlabs.transcripts', baseUrl: baseUrl('ELEVENLABS') },
  ],
});

/** Where the demo has started the simulator of a vendor. */
function baseUrl(vendor: string): string {
  return process.env[`DEMO_${vendor}_URL`] ?? '';
}

/** The midnight so many days before today. */
function daysAgo(days: number): string {
  return new Date((Math.floor(Date.now() / DAY_MS) - days) * DAY_MS).toISOString();
}

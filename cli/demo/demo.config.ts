/**
 * What the demo exports: the streams of one tenant, from simulated vendors on this machine. For a real account leave
 * `baseUrl` out, and name the variable that holds its key.
 */
import { defineConfig } from '../../contract/configuration/define-config.ts';

const DAY_MS = 86_400_000;
const THIRTY_DAYS_AGO = new Date((Math.floor(Date.now() / DAY_MS) - 30) * DAY_MS);

const COMMON = { tenant: 'demo', credential: 'env:DEMO_API_KEY', start: THIRTY_DAYS_AGO.toISOString() };

export default defineConfig({
  stage: 'demo',
  lake: './lake',
  streams: [
    { ...COMMON, stream: 'crescendo.vocconv', baseUrl: baseUrl('CRESCENDO') },
    { ...COMMON, stream: 'crescendo.botconv', baseUrl: baseUrl('CRESCENDO') },
    { ...COMMON, stream: 'salesloft.conversations', baseUrl: baseUrl('SALESLOFT') },
    { ...COMMON, stream: 'salesloft.transcriptions', baseUrl: baseUrl('SALESLOFT') },
    { ...COMMON, stream: 'voiceable.conversations', baseUrl: baseUrl('VOICEABLE') },
    { ...COMMON, stream: 'elevenlabs.conversations', baseUrl: baseUrl('ELEVENLABS') },
  ],
});

/** Where the demo has started the simulator of a vendor. */
function baseUrl(vendor: string): string {
  return process.env[`DEMO_${vendor}_URL`] ?? '';
}

/**
 * What the demo exports: five streams of one tenant, from simulated vendors on this machine. For a real account leave
 * `baseUrl` out, and name the variable that holds its key.
 */
import { defineConfig } from '../../contract/configuration/define-config.ts';

const dayMs = 86_400_000;
const thirtyDaysAgo = new Date((Math.floor(Date.now() / dayMs) - 30) * dayMs);

const common = { tenant: 'demo', credential: 'env:DEMO_API_KEY', start: thirtyDaysAgo.toISOString() };

export default defineConfig({
  stage: 'demo',
  lake: './lake',
  streams: [
    { ...common, stream: 'crescendo.vocconv', baseUrl: baseUrl('CRESCENDO') },
    { ...common, stream: 'crescendo.botconv', baseUrl: baseUrl('CRESCENDO') },
    { ...common, stream: 'salesloft.conversations', baseUrl: baseUrl('SALESLOFT') },
    { ...common, stream: 'voiceable.conversations', baseUrl: baseUrl('VOICEABLE') },
    { ...common, stream: 'elevenlabs.conversations', baseUrl: baseUrl('ELEVENLABS') },
  ],
});

/** Where the demo has started the simulator of a vendor. */
function baseUrl(vendor: string): string {
  return process.env[`DEMO_${vendor}_URL`] ?? '';
}

import { defineConfig } from '@convlake/convlake/config';

/**
 * The conversations of every vendor, to begin from: copy it to convlake.config.ts in the clone's folder, change stage, tenants and starts, and
 * leave out what you do not have. On AWS a folder as the lake means the stack's own bucket, and `env:` the secret `convlake/<stage>/<source>/<tenant>`.
 */
export default defineConfig({
  stage: 'dev',
  lake: './lake',
  streams: [
    {
      stream: 'crescendo.vocconv',
      tenant: 'tenant-alpha',
      credential: 'env:CRESCENDO_API_KEY',
      start: '2026-01-01T00:00:00Z',
    },
    {
      stream: 'crescendo.botconv',
      tenant: 'tenant-alpha',
      credential: 'env:CRESCENDO_API_KEY',
      start: '2026-01-01T00:00:00Z',
    },
    {
      stream: 'salesloft.conversations',
      tenant: 'sales-team',
      credential: 'env:SALESLOFT_API_KEY',
      start: '2026-01-01T00:00:00Z',
    },
    {
      stream: 'voiceable.conversations',
      tenant: 'support-line',
      credential: 'env:VOICEABLE_API_KEY',
      start: '2026-01-01T00:00:00Z',
    },
    {
      stream: 'elevenlabs.conversations',
      tenant: 'support-line',
      credential: 'env:ELEVENLABS_API_KEY',
      start: '2026-01-01T00:00:00Z',
    },
  ],
});

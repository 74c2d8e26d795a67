/**
 * What a `convlake.config.ts` imports, as `@convlake/convlake/config`.
 */

import type { ConfigurationInput } from './schema.ts';

export type { ConfigurationInput };

/** Gives `convlake.config.ts` its types; checks nothing, which is for `convlake plan` and for the synthesis of the stack. */
export function defineConfig(input: ConfigurationInput): ConfigurationInput {
  return input;
}

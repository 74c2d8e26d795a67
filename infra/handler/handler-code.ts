import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { bundleHandler } from './bundle-handler.ts';

const FUNCTIONS_FOLDER = fileURLToPath(new URL('../../functions', import.meta.url));

/**
 * The asset of a handler of functions/, with identifiers replaced by `texts`. Not `NodejsFunction`: that passes definitions
 * on a shell's command line, where a `$` is expanded and an argument is at most 128 KB, while the configuration of a hundred
 * tenants is longer.
 */
export function handlerCode(file: string, texts: Readonly<Record<string, string>>): AssetCode {
  const entry = `${FUNCTIONS_FOLDER}/${file}`;
  return Code.fromAsset(FUNCTIONS_FOLDER, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'),
      // CDK caches assets by their folder and these options, functions left out: without this all handlers would be one asset.
      environment: {
        BUNDLE: createHash('sha256')
          .update(JSON.stringify([file, texts]))
          .digest('hex'),
      },
      local: {
        tryBundle: (folder) => {
          bundleHandler({ entry, texts }, folder);
          return true;
        },
      },
    },
  });
}

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { bundleHandler } from './bundle-handler.ts';

const functionsFolder = fileURLToPath(new URL('../../functions', import.meta.url));

/**
 * The asset of a handler of functions/, with `texts` in the place of identifiers. Not `NodejsFunction`: that passes what it
 * defines on a shell's command line, where a `$` is expanded and one argument ends at 128 KB, while the configuration of a
 * hundred tenants has more.
 */
export function handlerCode(file: string, texts: Readonly<Record<string, string>>): AssetCode {
  const entry = `${functionsFolder}/${file}`;
  return Code.fromAsset(functionsFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'),
      // CDK keeps assets by their folder and by what is written here; functions do not count, so that without this all handlers were one.
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

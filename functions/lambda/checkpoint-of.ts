import type { DeployedStream } from '../../contract/environment.ts';
import type { CheckpointOwner } from '../checkpoints/file-checkpoints.ts';
import { ssmCheckpointName } from '../checkpoints/ssm-checkpoints.ts';

/** The SSM parameter that holds the checkpoint of a deployed stream, and whose it is. */
export function checkpointOf(
  stage: string,
  { definition, tenant }: DeployedStream,
): { readonly name: string; readonly owner: CheckpointOwner } {
  const owner = { source: definition.source, stream: definition.stream, tenant };
  return { name: ssmCheckpointName(stage, owner), owner };
}

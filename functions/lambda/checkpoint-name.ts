import type { DeployedStream } from '../../contract/environment.ts';
import { ssmCheckpointName } from '../checkpoints/ssm-checkpoints.ts';

/** The SSM parameter that holds the checkpoint of a deployed stream. */
export function checkpointNameOf(stage: string, { definition, tenant }: DeployedStream): string {
  return ssmCheckpointName(stage, { source: definition.source, stream: definition.stream, tenant });
}

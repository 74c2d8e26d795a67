import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { localSettings } from './local-aws.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A response of a service with a JSON protocol; `error` is the name of the exception. */
export type ServiceResponse =
  | { readonly fields: Fields }
  | { readonly error: string; readonly status?: number }
  | { readonly raw: string };

/** A parameter as a fake SSM keeps it. */
export interface StoredParameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
}

/** SSM Parameter Store and Secrets Manager on a port of this machine, for the real SDK to talk to. */
export interface FakeAwsJson {
  readonly endpoint: string;
  readonly ssm: SSMClient;
  readonly secretsManager: SecretsManagerClient;
  readonly parameters: Map<string, StoredParameter>;
  /** Text, or bytes for a binary secret. */
  readonly secrets: Map<string, string | Uint8Array>;
  readonly seen: readonly { readonly operation: string; readonly fields: Fields }[];
  /** The response sent instead of the right one; undefined for the right one. */
  fault: (operation: string) => ServiceResponse | undefined;
}

/** Starts the fake; it ends with the test. */
export async function startFakeAwsJson(): Promise<FakeAwsJson> {
  const parameters = new Map<string, StoredParameter>();
  const secrets = new Map<string, string | Uint8Array>();
  const seen: { operation: string; fields: Fields }[] = [];
  const operations = { ...parameterOperations(parameters), ...secretOperations(secrets) };
  const server = createServer((request, outgoing) => {
    respond(request, outgoing).catch(() => request.socket.destroy());
  });

  async function respond(request: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const fields: Fields = JSON.parse(Buffer.concat(pieces).toString());
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    seen.push({ operation, fields });
    send(outgoing, fake.fault(operation) ?? operations[operation]?.(fields) ?? { error: 'UnknownOperationException' });
  }

  server.listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const settings = localSettings(endpoint);
  const ssm = new SSMClient(settings);
  const secretsManager = new SecretsManagerClient(settings);
  const fake: FakeAwsJson = { endpoint, ssm, secretsManager, parameters, secrets, seen, fault: () => undefined };
  onTestFinished(async () => {
    ssm.destroy();
    secretsManager.destroy();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return fake;
}

/** What each operation does. */
export type Operations = Readonly<Record<string, (fields: Fields) => ServiceResponse>>;

/** SSM Parameter Store over a map: versions that grow, and no condition on a write but that of being the first. */
export function parameterOperations(parameters: Map<string, StoredParameter>): Operations {
  return {
    GetParameter(fields) {
      const name = String(fields['Name']);
      const parameter = parameters.get(name);
      if (!parameter) return { error: 'ParameterNotFound' };
      const { value, type, version } = parameter;
      const hidden = type === 'SecureString' && fields['WithDecryption'] !== true;
      return {
        fields: { Parameter: { Name: name, Type: type, Value: hidden ? 'AQICAHencrypted' : value, Version: version } },
      };
    },
    GetParameters(fields) {
      const names = fields['Names'];
      if (!Array.isArray(names) || names.length === 0 || names.length > 10) return { error: 'ValidationException' };
      const found = [];
      const absent = [];
      for (const name of names.map(String)) {
        const parameter = parameters.get(name);
        if (parameter)
          found.push({ Name: name, Type: parameter.type, Value: parameter.value, Version: parameter.version });
        else absent.push(name);
      }
      return { fields: { Parameters: found, InvalidParameters: absent } };
    },
    PutParameter(fields) {
      const name = String(fields['Name']);
      const value = String(fields['Value']);
      const present = parameters.get(name);
      if (present && fields['Overwrite'] !== true) return { error: 'ParameterAlreadyExists' };
      if (Buffer.byteLength(value) > 4096 && fields['Tier'] === 'Standard') return { error: 'ValidationException' };
      const version = (present?.version ?? 0) + 1;
      parameters.set(name, { value, type: String(fields['Type']), version });
      return { fields: { Version: version, Tier: 'Standard' } };
    },
    DeleteParameter: (fields) =>
      parameters.delete(String(fields['Name'])) ? { fields: {} } : { error: 'ParameterNotFound' },
  };
}

function secretOperations(secrets: Map<string, string | Uint8Array>): Operations {
  return {
    GetSecretValue(fields) {
      const name = String(fields['SecretId']);
      const secret = secrets.get(name);
      if (secret === undefined) return { error: 'ResourceNotFoundException' };
      const value =
        typeof secret === 'string'
          ? { SecretString: secret }
          : { SecretBinary: Buffer.from(secret).toString('base64') };
      return { fields: { Name: name, VersionStages: ['AWSCURRENT'], ...value } };
    },
  };
}

function send(outgoing: ServerResponse, response: ServiceResponse): void {
  const status = 'error' in response ? (response.status ?? 400) : 200;
  outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'fake-request' });
  if ('raw' in response) outgoing.end(response.raw);
  else
    outgoing.end(JSON.stringify('error' in response ? { __type: response.error, message: 'fake' } : response.fields));
}

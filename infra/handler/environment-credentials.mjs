/**
 * The credentials of a Lambda function, in the place of the AWS SDK's search for credentials: Lambda puts them into the environment,
 * and the ways that are left out (single sign-on, profiles, instance metadata, processes) bring clients of their own, 0.1 MB.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';

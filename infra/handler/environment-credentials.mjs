/**
 * The credentials of a Lambda function, instead of the AWS SDK's search for credentials: Lambda puts them into the environment, and
 * the providers left out (single sign-on, profiles, instance metadata, processes) bring clients of their own, 0.1 MB.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';

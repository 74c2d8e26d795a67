/**
 * Something that a person wrote cannot be deployed. Its message says what, and what to write instead; where in the code it was found
 * would not help.
 */
export class DeployError extends Error {
  override readonly name = 'DeployError';
}

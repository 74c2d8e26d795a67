/** A state machine in Amazon States Language with JSONata. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A state, as far as convlake's definitions need one. */
export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Output?: unknown;
  readonly Assign?: unknown;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Default?: string;
  readonly Error?: string;
  readonly Cause?: string;
  readonly Label?: string;
  readonly Items?: unknown;
  readonly ItemReader?: FileAccess;
  readonly ResultWriter?: FileAccess;
  readonly MaxConcurrency?: unknown;
  readonly ToleratedFailurePercentage?: number;
  readonly ItemProcessor?: Machine & { readonly ProcessorConfig: { readonly Mode: string } };
}

/** Where a distributed map reads its items, or writes its results. */
export interface FileAccess {
  readonly Resource: string;
  readonly ReaderConfig?: { readonly InputType: string };
  readonly Arguments: unknown;
}

/** When a task is tried again. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts?: number;
  readonly JitterStrategy?: string;
}

/** Where a failed task goes on. */
export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Output?: unknown;
  readonly Next: string;
}

const inline: readonly (keyof State)[] = ['Items', 'MaxConcurrency', 'ItemProcessor', 'Output', 'End', 'Next'];

/** What a state may have; a field that this interpreter would pass over is refused, or a test would prove less than it says. */
const known: Readonly<Record<string, readonly (keyof State)[]>> = {
  Task: ['Resource', 'Arguments', 'Retry', 'Catch', 'Assign', 'Output', 'Next', 'End'],
  Pass: ['Assign', 'Output', 'Next', 'End'],
  Choice: ['Choices', 'Default'],
  INLINE: inline,
  DISTRIBUTED: [...inline, 'Label', 'ItemReader', 'ResultWriter', 'ToleratedFailurePercentage'],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
};

/** @throws Error for a state with a field that is not known here */
export function refuseUnknown(name: string, { Type, ...fields }: State): void {
  const kind = Type === 'Map' ? (fields.ItemProcessor?.ProcessorConfig.Mode ?? '') : Type;
  const unknown = Object.keys(fields).filter((field) => !known[kind]?.some((one) => one === field));
  if (!known[kind] || unknown.length > 0)
    throw new Error(`${name}: ${kind} with ${unknown.join(', ')} is not known here`);
}

import type { Scene, SceneKnobs } from '../../support/run/scene.ts';

/** One thing that a vendor may do, and what an export must make of it. */
export interface SourceCase {
  /** What the vendor does. */
  readonly name: string;
  /** Why sources are tried with it: who does so, or what it has cost. */
  readonly why: string;
  /** Turned from the start. */
  readonly knobs?: SceneKnobs;
  /** Turned by the proof, and turned back by it. */
  readonly spoilt?: SceneKnobs;
  readonly rows?: number;
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly prove: Proof;
}

/**
 * Runs a scene that has the case's knobs and holds it against the promise. Afterwards the vendor comes to rest, two more runs
 * are made, and the lake must be exact, whatever the case was.
 */
export type Proof = (scene: Scene, of: SourceCase) => Promise<void>;

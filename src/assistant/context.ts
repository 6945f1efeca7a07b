import type { RequestType } from './request-types.ts';

/** The stage of a rollout whose gate a thumb counts for. */
export interface GatedStage {
  rolloutId: string;
  /** Percent. */
  stage: number;
}

/** An answer that waits for its thumb; lives in memory or Redis only, until it is rated or expires. */
export interface RequestContext {
  requestId: string;
  requestType: RequestType;
  /** Exactly what was sent to the model. */
  prompt: string;
  response: string;
  /** The registry's version that gave the answer. */
  modelVersion: string;
  /** When it was served, epoch ms. */
  timestamp: number;
  promptVersion: string;
  providerModel: string | undefined;
  segment: string | undefined;
  regeneratedFrom: string | undefined;
  /** False for an answer that was cut off or came from another model than asked. */
  trainable: boolean;
  /** The rollout and stage it counts for; undefined keeps its thumb out of the gate (a fallback's answer, say). */
  gate: GatedStage | undefined;
  /** Salted hash of the caller's assignment key, so that the gate counts a key's first thumb in a stage only. */
  assignmentHash: string | undefined;
}

/**
 * Keeps contexts for their time. All implementations pass one common suite. Nothing here waits long for a store
 * that is down; `get` alone then rejects, with AppError `contexts_unavailable`, since "not found" would be untrue.
 */
export interface ContextStore {
  put: (context: RequestContext) => Promise<void>;
  get: (requestId: string) => Promise<RequestContext | undefined>;
  /** Best effort: a context that outlives its thumb does no harm, since the row decides from then on. */
  delete: (requestId: string) => Promise<void>;
  /** Starts the context's time anew: a thumb that met a dead database can be sent again. */
  renew: (requestId: string) => Promise<void>;
  /** What a thumb would still find. */
  count: () => Promise<number>;
  /** Contexts that went before their time since the start, for want of memory. */
  evicted: () => number;
  /** True the first time that this key's hash comes in this stage of this rollout. */
  isFirstThumb: (gate: GatedStage, assignmentHash: string) => Promise<boolean>;
  /** Takes that first time back, since its thumb could not be stored. Best effort. */
  forgetFirstThumb: (gate: GatedStage, assignmentHash: string) => Promise<void>;
  state: () => Promise<'up' | 'down'>;
  close: () => Promise<void>;
}

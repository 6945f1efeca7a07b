/** What a long piece of work is given by the one who runs it. */
export interface Progress {
  /** Says that the work is alive; called at least once a page. */
  heartbeat: (detail?: unknown) => void;
  /** Aborts when the work is no longer wanted. */
  signal: AbortSignal;
}

/** Types of the failures by which a rollout, its updates and its activities refuse. */
export const REFUSED = {
  wrongId: 'wrong_workflow_id',
  stale: 'stale',
  ended: 'rollout_ended',
  invalid: 'invalid_input',
} as const;

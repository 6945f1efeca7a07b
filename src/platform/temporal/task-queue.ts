/** Temporal's name for where this product's work waits; people type it on the command line. */
export const TASK_QUEUE = 'thumbwheel';

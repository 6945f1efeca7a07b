export { exportFeedback } from './export-feedback.ts';
export { feedbackPipeline } from './feedback-pipeline.ts';
export { rollout } from './rollout.ts';

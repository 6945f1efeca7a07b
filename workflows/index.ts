export { feedbackPipeline } from './feedback-pipeline.ts';

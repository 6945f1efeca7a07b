INSERT INTO ai_feedback (
  request_id, request_type, prompt, response, model_version, prompt_version, provider_model, segment,
  regenerated_from, served_at, context_expires_at, trainable, rollout_id, rollout_stage,
  is_positive, comment, correction, feedback_at)
VALUES (gen_random_uuid()::text, 'explain', :prompt, :response, :model, 'explain-1', :model, NULL,
  NULL, now(), now(), true, NULL, NULL,
  true, NULL, NULL, now())
ON CONFLICT (request_id) DO NOTHING
RETURNING feedback_at;

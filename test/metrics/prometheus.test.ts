import { describe, expect, it } from '@jest/globals';
import { createPrometheus } from '../../src/metrics/prometheus.ts';

function lines(page: string, name: string): string[] {
  return page.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));
}

describe('the Prometheus page', () => {
  it('counts answers, errors, tokens, latency in seconds and thumbs by version and request type', async () => {
    const { recorder, render } = createPrometheus({ version: '1.2.3', gauges: {} });
    const sample = {
      modelVersion: 'm',
      requestType: 'hint',
      generation: 1,
      latencyMs: 700,
      inputTokens: 10,
      outputTokens: 5,
      otherModel: false,
      by: 'request',
    } as const;
    recorder.answer({ ...sample, outcome: 'answered' });
    recorder.answer({ ...sample, outcome: 'failed' });
    recorder.answer({ ...sample, outcome: 'caller_gone' });
    const at = new Date();
    recorder.thumb({ modelVersion: 'm', requestType: 'hint', at, positives: 1, negatives: 0 });
    recorder.thumb({ modelVersion: 'm', requestType: 'hint', at, positives: -1, negatives: 1 });
    const page = await render();
    const labels = 'model_version="m",request_type="hint"';
    expect(lines(page, 'thumbwheel_answers_total')).toEqual([
      `thumbwheel_answers_total{${labels},outcome="answered"} 1`,
      `thumbwheel_answers_total{${labels},outcome="failed"} 1`,
      `thumbwheel_answers_total{${labels},outcome="caller_gone"} 1`,
    ]);
    expect(page).toContain(`thumbwheel_answer_errors_total{${labels}} 1`);
    expect(page).toContain(`thumbwheel_input_tokens_total{${labels}} 30`);
    expect(page).toContain(`thumbwheel_answer_duration_seconds_sum{${labels}} 0.7`);
    expect(page).toContain(`thumbwheel_answer_duration_seconds_bucket{le="0.8",${labels}} 1`);
    expect(page).toContain(`thumbwheel_thumbs_total{${labels},thumb="up"} 1`);
    expect(page).toContain(`thumbwheel_thumbs_total{${labels},thumb="down"} 1`);
    expect(page).toContain(`thumbwheel_thumbs_withdrawn_total{${labels},thumb="up"} 1`);
    expect(page).toMatch(/thumbwheel_build_info\{version="1\.2\.3",node_version="v\d+/);
  });

  it('shows the running rollout as it is now, and nothing of it once it has ended', async () => {
    let running: { candidate: string; stage: number; verdict: string } | undefined;
    const { render } = createPrometheus({ version: '1', gauges: { rollout: async () => running } });
    const shown = async () => lines(await render(), 'thumbwheel_rollout_');
    for (const [stage, verdict] of [
      [10, 'safe'],
      [50, 'better'],
    ] as const) {
      running = { candidate: 'tuned', stage, verdict };
      expect(await shown()).toEqual([
        `thumbwheel_rollout_stage_ratio{candidate="tuned"} ${stage / 100}`,
        `thumbwheel_rollout_verdict{candidate="tuned",verdict="${verdict}"} 1`,
      ]);
    }
    running = undefined;
    expect(await shown()).toEqual([]);
  });

  it('shows weights, waiting contexts and evictions of now', async () => {
    let evicted = 3;
    const gauges = {
      weights: () => ({ base: 90, tuned: 10 }),
      cachedContexts: async () => 7,
      contextEvictions: () => evicted,
    };
    const { render } = createPrometheus({ version: '1', gauges });
    await render();
    evicted = 5;
    const page = await render();
    expect(lines(page, 'thumbwheel_traffic_weight_ratio')).toEqual([
      'thumbwheel_traffic_weight_ratio{model_version="base"} 0.9',
      'thumbwheel_traffic_weight_ratio{model_version="tuned"} 0.1',
    ]);
    expect(page).toContain('thumbwheel_cached_contexts 7');
    expect(page).toContain('thumbwheel_context_evictions_total 5');
  });

  it('leaves out what can’t be read, and explains every metric', async () => {
    const gauges = {
      weights: () => undefined,
      cachedContexts: async () => {
        throw new Error('Redis is down');
      },
    };
    const { render } = createPrometheus({ version: '1', gauges });
    const page = await render();
    expect(lines(page, 'thumbwheel_cached_contexts')).toEqual([]);
    const types = page.split('\n').filter((line) => line.startsWith('# TYPE '));
    const helps = page.split('\n').filter((line) => /^# HELP \S+ \S/.test(line));
    expect(helps).toHaveLength(types.length);
  });
});

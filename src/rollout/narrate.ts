import type { Figures, TestFigure, Verdict } from './gate.ts';
import type { Standing } from './state.ts';
import type { RolloutView } from './view.ts';

const STANDINGS: Readonly<Record<Standing, string>> = {
  starting: 'the weights are being set',
  'minimum-time': 'in its minimum time',
  evaluating: 'being evaluated',
  holding: 'held',
  paused: 'paused',
  'bake-at-100': 'baking at 100 %',
  'rolling-back': 'being rolled back',
  'rolled-back': 'rolled back',
  completed: 'promoted',
};

const VERDICTS: Readonly<Record<Verdict, string>> = {
  harm: 'harm',
  better: 'better',
  safe: 'safe',
  inconclusive: 'inconclusive',
  'no-evidence': 'no evidence',
};

/** The rollout in one line: lists, logs and the Web UI's summaries use this wording. */
export function sentence(view: RolloutView): string {
  return `${view.candidate} at ${view.stage} %, ${STANDINGS[view.standing]}: ${VERDICTS[view.verdict]}, ${view.reason}`;
}

/** What the rollout is, fixed at its start. */
export function headline(of: { candidate: string; baseline: string; stages: readonly number[] }): string {
  return `${of.candidate} ← ${of.baseline}, ${of.stages.join('→')} %`;
}

/** The story now, as Markdown for the Web UI's current details: short lines and lists, no tables. */
export function details(view: RolloutView): string {
  return [
    `**${view.candidate}** at **${view.stage} %**, ${STANDINGS[view.standing]} (stages ${view.stages.join(' → ')})`,
    '',
    `- Verdict: **${VERDICTS[view.verdict]}**. ${capital(view.reason)}.`,
    `- Weights: ${weights(view.weights)}`,
    ...(view.figures === null ? [] : figureLines(view.figures)),
    ...outsideLines(view),
    ...view.pauses.map((text) => `- Standing still: ${text}`),
    ...(view.hold === null ? [] : [`- Held: ${view.hold}`]),
    `- ${nextCheck(view)}`,
  ].join('\n');
}

function figureLines({ candidate, baseline, tests }: Figures): string[] {
  return [
    `- Thumbs: candidate ${thumbs(candidate)}, baseline ${thumbs(baseline)}`,
    `- Evidence: harm ${evidence(tests.harm)}, safe ${evidence(tests.safe)}, better ${evidence(tests.better)}`,
    `- Guards: errors ${evidence(tests.errors)}, blocked or empty ${evidence(tests.blocked)}, slow ${evidence(tests.slow)}`,
  ];
}

function outsideLines({ outside }: RolloutView): string[] {
  const arms = (['candidate', 'baseline'] as const).filter((arm) => outside[arm].samples > 0);
  const told = arms.map((arm) => {
    const { samples, positives, negatives, requests, errors } = outside[arm];
    return `${arm} ${positives} of ${positives + negatives} up, ${errors} of ${requests} failed (${samples} samples)`;
  });
  const lines = told.length === 0 ? [] : [`- From outside: ${told.join('; ')}`];
  return [...lines, ...outside.notes.slice(-1).map((note) => `- Note: ${note}`)];
}

function nextCheck({ nextCheckAt, outcome }: RolloutView): string {
  if (outcome !== null) return `Ended: ${outcome === 'promoted' ? 'promoted' : 'rolled back'}`;
  return nextCheckAt === null ? 'Next check: once the weights are set' : `Next check: ${nextCheckAt}`;
}

function weights(byName: Readonly<Record<string, number>>): string {
  return Object.entries(byName)
    .map(([name, percent]) => `${name} ${percent} %`)
    .join(', ');
}

function thumbs({ positives, ratings }: { positives: number; ratings: number }): string {
  const share = ratings === 0 ? '' : ` (${((100 * positives) / ratings).toFixed(1)} %)`;
  return `${positives} of ${ratings} up${share}`;
}

function evidence({ eValue, needed }: TestFigure): string {
  return `${eValue} of ${Math.round(needed)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

import { capital } from '../rollout/narrate.ts';
import { shortName, spoken } from '../tuning/wait.ts';
import type { PipelinePhase, PipelineState } from './messages.ts';

const TOLD: Readonly<Record<PipelinePhase, string>> = {
  opening: 'reading the settings',
  exporting: 'exporting the thumbs',
  uploading: 'building and uploading the training set',
  tuning: 'tuning',
  registering: 'registering the tuned version',
  handing_over: 'handing the candidate to a rollout',
  ended: 'ended',
};

/** The night so far, as Markdown for the Web UI's current details: short lines and lists, no tables. */
export function details(state: PipelineState): string {
  return [
    `**Feedback pipeline**: ${state.outcome === null ? TOLD[state.phase] : ending(state)}`,
    '',
    ...exportLine(state),
    ...trainingSetLine(state),
    ...tuningLine(state),
    ...(state.candidate === null ? [] : [`- Candidate: **${state.candidate}**, registered at 0 %`]),
  ].join('\n');
}

function ending({ outcome, reason }: PipelineState): string {
  return `**${outcome}**${reason === null ? '' : `. ${capital(reason)}`}`;
}

function exportLine({ exportedRows, exportedPositives, fileName }: PipelineState): string[] {
  if (exportedRows === null) return [];
  const file = fileName === null ? 'no file' : `\`${fileName}\``;
  return [`- Export: ${exportedRows} thumbs, ${exportedPositives} of them up, ${file}`];
}

function trainingSetLine({ trainingSetId, trainingExamples, validationExamples }: PipelineState): string[] {
  if (trainingExamples === null) return [];
  return [
    `- Training set \`${trainingSetId}\`: ${trainingExamples} examples, ${validationExamples} more held out`,
  ];
}

function tuningLine({ trainingJob, baseModel, tuningTimeoutMs, candidate }: PipelineState): string[] {
  if (trainingJob === null) return [];
  const waiting =
    candidate === null && tuningTimeoutMs !== null
      ? `; waited for at most ${spoken(tuningTimeoutMs)}, the pending activity tells how far it is`
      : '';
  return [`- Tuning of ${baseModel}: ${shortName(trainingJob)}${waiting}`];
}

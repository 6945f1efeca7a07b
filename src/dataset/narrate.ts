import type { ExportBatchResult, ExportFeedbackInput } from './messages.ts';

/** One line for the Web UI's event list. */
export function exportSummary({ days, mark }: ExportFeedbackInput): string {
  const span = days === undefined ? undefined : `the last ${days} ${days === 1 ? 'day' : 'days'}`;
  if (mark === false) return `write the liked answers of ${span ?? 'all time'}, mark nothing`;
  return span ? `export what is not yet exported of ${span}` : 'export all that is not yet exported';
}

/** The Web UI's current details, in Markdown. */
export function exportDetails(input: ExportFeedbackInput, result?: ExportBatchResult): string {
  const head = `**Task:** ${exportSummary(input)}`;
  if (!result) return `${head}\n\n**State:** running`;
  if (result.outcome === 'nothing_to_export')
    return `${head}\n\n**State:** done, there was nothing to export`;
  return [
    head,
    '**State:** done',
    `**File:** ${result.fileName === null ? 'none, no answer was liked' : `\`${result.fileName}\``}`,
    `**Rows:** ${result.rows}, ${result.positives} of them liked answers in the file`,
    ...(result.leftBehind > 0 ? [`**Left behind by earlier nights:** ${result.leftBehind}`] : []),
    ...(result.sha256 === null ? [] : [`**SHA-256:** \`${result.sha256}\``]),
  ].join('\n\n');
}

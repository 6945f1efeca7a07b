/** `feedback_export_20261125_020000.jsonl`: the second in UTC at which the batch was claimed. */
export function exportFileName(at: Date, extension: 'jsonl' | 'json' = 'jsonl'): string {
  const [day = '', time = ''] = at.toISOString().split('T');
  return `feedback_export_${day.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}.${extension}`;
}

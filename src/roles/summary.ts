/** What the person who typed `npm start` wants to know. */
export interface StartSummary {
  pageUrl: string;
  temporalUiUrl: string | undefined;
  temporalAddress: string;
  /** How the Temporal command line is called here. */
  temporalProgram: string;
  answers: string;
  database: string;
  temporal: string;
  contexts: string;
  adminToken: string;
  headerFile: string | undefined;
  /** Undefined while the Schedule is paused. */
  nextRun: Date | undefined;
  pausedBy: string;
  pipeline: string;
  logFile: string | undefined;
}

/** The last lines of a start: addresses, what is real, where the token lies, when the night's run is. */
export function summaryLines(summary: StartSummary): string[] {
  const rows: Array<[label: string, text: string]> = [
    ['Page', `${summary.pageUrl}/`],
    ['API', `${summary.pageUrl}/api/v1   (docs: ${summary.pageUrl}/docs)`],
    ['Temporal Web UI', summary.temporalUiUrl ?? 'not known; set TEMPORAL_UI_URL for links'],
    ['Answers from', summary.answers],
    ['Database', summary.database],
    ['Temporal', summary.temporal],
    ['Contexts', summary.contexts],
    [
      'Admin token',
      summary.headerFile ? `${summary.adminToken} (for curl: -H @${summary.headerFile})` : summary.adminToken,
    ],
    [
      'Next night’s run',
      `${summary.nextRun ? when(summary.nextRun) : `none, the Schedule is paused (${summary.pausedBy})`}; ${summary.pipeline}`,
    ],
    [
      'Ad-hoc export',
      `${summary.temporalProgram} workflow start --type exportFeedback --task-queue thumbwheel --input '{"days":7}'${addressFlag(summary.temporalAddress)}`,
    ],
    ...(summary.logFile ? [['Log', summary.logFile] satisfies [string, string]] : []),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    '',
    'Thumbwheel is ready.',
    '',
    ...rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`),
    '',
    'Stop with Ctrl-C.',
  ];
}

/** UTC first, since the schedule and the files are in UTC, then the clock on the wall. */
export function when(time: Date): string {
  const utc = `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = time.toLocaleString('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  return zone === 'UTC' ? utc : `${utc} (${local} in ${zone})`;
}

function addressFlag(address: string): string {
  return address === '127.0.0.1:7233' ? '' : ` --address ${address}`;
}

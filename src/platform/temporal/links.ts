/** Addresses of pages in the Temporal Web UI; undefined when no Web UI is known. */
export interface WebUiLinks {
  workflow: (workflowId: string, runId?: string) => string | undefined;
}

export function webUiLinks(uiUrl: string | undefined, namespace: string): WebUiLinks {
  const base = uiUrl && `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  return {
    workflow: (workflowId, runId) => {
      if (!base) return undefined;
      const run = runId ? `/${encodeURIComponent(runId)}/timeline` : '';
      return `${base}/${encodeURIComponent(workflowId)}${run}`;
    },
  };
}

import { useEffect, useState } from 'react';
import { fetchReadiness, type Readiness } from '../api/readiness.ts';

const unknown: Readiness = { geminiBackend: null, temporalWebUiUrl: null };

/** What the server says of itself, asked once; all unknown until then. */
export function useReadiness(): Readiness {
  const [readiness, setReadiness] = useState(unknown);

  useEffect(() => {
    const controller = new AbortController();
    void fetchReadiness(controller.signal).then((answer) => {
      if (!controller.signal.aborted) setReadiness(answer);
    });
    return () => controller.abort();
  }, []);

  return readiness;
}

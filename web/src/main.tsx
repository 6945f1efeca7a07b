import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AiAssistant } from './components/AiAssistant.tsx';
import { PageFooter } from './components/PageFooter.tsx';
import { PageNotice } from './components/PageNotice.tsx';
import { firstQuestion } from './first-question.ts';
import { useReadiness } from './hooks/useReadiness.ts';

/** The page at `/`; its heading and first sentence are static HTML, so that they show before any script runs. */
function Page() {
  const readiness = useReadiness();
  return (
    <>
      <main id="main" tabIndex={-1}>
        <PageNotice geminiBackend={readiness.geminiBackend} />
        <AiAssistant initial={firstQuestion} />
      </main>
      <PageFooter temporalWebUiUrl={readiness.temporalWebUiUrl} />
    </>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
}

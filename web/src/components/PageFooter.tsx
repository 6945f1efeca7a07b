import { apiUrl } from '../api/base-url.ts';

/** Where else to look, and what is kept. */
export function PageFooter({ temporalWebUiUrl }: { temporalWebUiUrl: string | null }) {
  return (
    <footer className="page-footer">
      <p>An answer is kept only when you rate it. No user, address or session is stored with it.</p>
      <nav aria-label="More">
        <a href={apiUrl('/docs')}>API docs</a>
        {temporalWebUiUrl && (
          <a href={temporalWebUiUrl} target="_blank" rel="noopener noreferrer">
            Temporal Web UI<span className="visually-hidden"> (opens in a new tab)</span>
          </a>
        )}
      </nav>
    </footer>
  );
}

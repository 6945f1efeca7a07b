import { chooseGemini, geminiParts, type Parts } from './parts.ts';
import { type RoleContext, RoleError } from './role.ts';

/**
 * The real servers that a role needs; nothing is embedded.
 * @throws RoleError naming the variable that is missing, SettingsError when Gemini is not given.
 */
export function givenParts(context: RoleContext): Parts {
  const { databaseUrl, temporalAddress, temporalUiUrl, redisUrl } = context.settings;
  if (!databaseUrl)
    throw new RoleError(
      'DATABASE_URL is not set. As a role Thumbwheel embeds nothing: give it a PostgreSQL.',
    );
  if (!temporalAddress)
    throw new RoleError(
      'TEMPORAL_ADDRESS is not set. As a role Thumbwheel embeds nothing: give it a Temporal server.',
    );
  return {
    databaseUrl,
    temporalAddress,
    temporalUiUrl,
    redisUrl,
    gemini: geminiParts(context, chooseGemini(context, 'role')),
  };
}

import { chooseGemini, geminiParts, type Parts } from './parts.ts';
import { type RoleContext, RoleError } from './role.ts';

/**
 * The real servers that a role needs; nothing is embedded.
 * @throws RoleError naming the variable that is missing, SettingsError when Gemini is not given.
 */
export function givenParts(context: Pick<RoleContext, 'settings' | 'environment'>): Parts {
  const { temporalAddress, temporalUiUrl, redisUrl } = context.settings;
  const databaseUrl = givenDatabase(context.settings);
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

/** @throws RoleError when DATABASE_URL is not set */
export function givenDatabase({ databaseUrl }: RoleContext['settings']): string {
  if (databaseUrl) return databaseUrl;
  throw new RoleError('DATABASE_URL is not set. As a role Thumbwheel embeds nothing: give it a PostgreSQL.');
}

/** @throws RoleError when ADMIN_TOKEN is not set */
export function givenAdminToken({ adminToken }: RoleContext['settings']): string {
  if (adminToken) return adminToken;
  throw new RoleError(
    'ADMIN_TOKEN is not set: replicas must agree on it. Set the same 16 or more characters for each.',
  );
}

import { describe, expect, test } from '@jest/globals';
import { geminiConnection, whyNotServed } from '../../src/gemini/connection.ts';

const settings = {
  geminiApiKey: undefined,
  geminiProjectId: 'p',
  geminiServingLocation: 'eu',
  geminiBaseUrl: undefined,
};
const question = {
  settings,
  backend: 'vertex',
  emulatorUrl: undefined,
  googleCredentials: 'present',
} as const;
const proxied = { ...settings, geminiApiKey: 'a key', geminiBaseUrl: 'http://proxy' };

describe('the connection to Gemini', () => {
  test('uses Google credentials on Vertex, and no key that happens to be set', () => {
    expect(geminiConnection({ ...question, settings: { ...settings, geminiApiKey: 'a key' } })).toEqual({
      wire: 'vertex',
      projectId: 'p',
      servingLocation: 'eu',
      apiKey: undefined,
      baseUrl: undefined,
    });
  });

  test('shows another server the credentials where there are any, else the key, else any key', () => {
    expect(geminiConnection({ ...question, settings: proxied })).toMatchObject({ apiKey: undefined });
    const bare = { ...question, googleCredentials: 'absent' } as const;
    expect(geminiConnection({ ...bare, settings: proxied })).toMatchObject({ apiKey: 'a key' });
    const keyless = { ...proxied, geminiApiKey: undefined };
    expect(geminiConnection({ ...bare, settings: keyless })).toMatchObject({ apiKey: 'local' });
  });

  test('goes to the emulator with no credentials at all', () => {
    const emulated = { ...question, backend: 'emulator', emulatorUrl: 'http://here' } as const;
    expect(geminiConnection(emulated)).toMatchObject({
      wire: 'vertex',
      apiKey: 'local',
      baseUrl: 'http://here',
    });
  });

  test('is a key alone for the Developer API', () => {
    const developer = {
      ...question,
      backend: 'developer',
      settings: { ...settings, geminiApiKey: 'a key' },
    } as const;
    expect(geminiConnection(developer)).toEqual({ wire: 'developer', apiKey: 'a key', baseUrl: undefined });
  });
});

describe('a tuned version’s endpoint', () => {
  const vertex = (projectId: string) =>
    geminiConnection({ ...question, settings: { ...settings, geminiProjectId: projectId } });
  const at = (project: string) => `projects/${project}/locations/us-central1/endpoints/1`;

  test('is not served where only a key is, nor what the emulator tuned by Google', () => {
    const developer = geminiConnection({ ...question, backend: 'developer', settings: proxied });
    expect(whyNotServed(at('p'), developer)).toContain('key');
    expect(whyNotServed(at('local'), vertex('p'))).toContain('emulator');
    expect([whyNotServed(at('p'), vertex('p')), whyNotServed(at('123'), vertex('p'))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(whyNotServed(at('local'), vertex('local'))).toBeUndefined();
  });
});

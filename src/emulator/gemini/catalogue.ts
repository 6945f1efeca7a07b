/** What the emulator knows of a Gemini model; facts as documented by Google in November 2026. */
export interface CatalogueModel {
  readonly name: string;
  readonly displayName: string;
  /** Locations that serve the base model; single regions answer 404 for the 3.x family. */
  readonly servedIn: readonly string[];
  readonly tunable: boolean;
  /** Frequency and presence penalties are errors for this model. */
  readonly refusesPenalties: boolean;
  readonly thinkingLevels: readonly string[];
  /** The name under which the Developer API really serves it, where it routes the name elsewhere. */
  readonly developerServes?: string;
}

const multiRegions = ['us', 'eu', 'global'];
const levelsWithMinimal = ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
const levelsWithoutMinimal = ['THINKING_LEVEL_UNSPECIFIED', 'LOW', 'MEDIUM', 'HIGH'];

export const catalogue: readonly CatalogueModel[] = [
  model('gemini-3.5-flash-lite', { tunable: true, refusesPenalties: true }),
  model('gemini-3.5-flash', { tunable: true, developerServes: 'gemini-3.6-flash' }),
  model('gemini-3.1-flash-lite', { tunable: true }),
  model('gemini-3.6-flash', {}),
  model('gemini-3.7-flash', { thinkingLevels: levelsWithoutMinimal }),
  model('gemini-3.8-flash', { thinkingLevels: levelsWithoutMinimal }),
];

/** Where supervised tuning runs. */
export const tuningLocations: readonly string[] = ['us-central1', 'europe-west4'];

/** Adapter sizes of the tunable models: 1, 2, 4, 8, 16. */
export const adapterSizes: readonly string[] = [
  'ADAPTER_SIZE_ONE',
  'ADAPTER_SIZE_TWO',
  'ADAPTER_SIZE_FOUR',
  'ADAPTER_SIZE_EIGHT',
  'ADAPTER_SIZE_SIXTEEN',
];

export function findModel(name: string): CatalogueModel | undefined {
  return catalogue.find((entry) => entry.name === name);
}

/** The multi-region that serves what was tuned in a region: us-central1 → us, europe-west4 → eu. */
export function servingLocation(tuningLocation: string): string {
  return tuningLocation.startsWith('europe-') ? 'eu' : 'us';
}

function model(name: string, facts: Partial<CatalogueModel>): CatalogueModel {
  return {
    name,
    displayName: name
      .split('-')
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(' '),
    servedIn: multiRegions,
    tunable: false,
    refusesPenalties: false,
    thinkingLevels: levelsWithMinimal,
    ...facts,
  };
}

/** A file on this machine that is to be stored where a tuner can read it. */
export interface DatasetFile {
  /** Path below the store's root; carries the content's hash, so that another content has another name. */
  name: string;
  path: string;
  bytes: number;
  /** Hex. */
  sha256: string;
  contentType: string;
}

/** Where training sets go: a folder, Gemini Files, or Cloud Storage. */
export interface DatasetStore {
  kind: 'local-folder' | 'gemini-files' | 'cloud-storage';
  /**
   * Stores the file and gives its address. The same file again gives the same address, whether or not the
   * first call was heard to its end.
   * @throws DatasetFailure when trying again would not help.
   */
  put: (file: DatasetFile, signal: AbortSignal) => Promise<{ uri: string }>;
}

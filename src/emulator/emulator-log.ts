/** The part of a logger that the emulator uses; pino fits it. */
export interface EmulatorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

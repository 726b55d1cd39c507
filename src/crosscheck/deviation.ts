/**
 * What is known of a piece of hardware that does not do as its standard says: data, so that a
 * crosscheck can tell what is known from what is new.
 */
export interface Deviation {
  /** The probe or the aspect that shows it. */
  readonly id: string;
  /** What it shows; any other value is unexplained. Absent where it varies. */
  readonly shows?: string;
  /** In words, with what it means for a driver. */
  readonly says: string;
}

/** Somebody else's hardware model, of a version, with what is known of it. */
export interface Profile {
  readonly name: string;
  readonly deviations: readonly Deviation[];
}

/**
 * How a command ends. Three kinds of end are told apart by exit code, so that a script need not
 * read words: the run found nothing wrong, it found a fault, or it never began because the
 * command line or a file is wrong. Ctrl-C ends as shells expect of a program that it stopped.
 */

/** Nothing is wrong. */
export const EXIT_CLEAN = 0;
/** The run found a fault: a glitch, a mismatch, a bug check, a driver that does not start. */
export const EXIT_FAULT = 1;
/** The command line is wrong, or a file cannot be read, written or played. */
export const EXIT_USAGE = 2;
/** 128 plus the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** Something about the command line is wrong; the message says what would work. */
export class UsageError extends Error {}

/** A file that cannot be read or written, in words for the person who named it. */
export class FileError extends Error {}

/** The driver's module is there, but no driver comes out of it. */
export class DriverLoadError extends Error {}

/** The person pressed Ctrl-C. */
export class Interrupted extends Error {}

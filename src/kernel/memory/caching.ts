/**
 * MEMORY_CACHING_TYPE, the cache attribute of a mapping (wdm.h). The numbers are Windows'; the
 * three below are those that the audio stack takes. Two mappings of one page must agree on it
 * (ne-wdm-_memory_caching_type), because a processor that sees a page both ways loses writes.
 */
export type MEMORY_CACHING_TYPE = 0 | 1 | 2;

export const MmNonCached = 0 as const satisfies MEMORY_CACHING_TYPE;
export const MmCached = 1 as const satisfies MEMORY_CACHING_TYPE;
export const MmWriteCombined = 2 as const satisfies MEMORY_CACHING_TYPE;

const NAMES = ['MmNonCached', 'MmCached', 'MmWriteCombined'] as const;

/** True for the three values a mapping may have; a driver can pass any number. */
export function isCachingType(value: number): value is MEMORY_CACHING_TYPE {
  return value === MmNonCached || value === MmCached || value === MmWriteCombined;
}

/** The header's name of a cache type. */
export function cachingTypeName(value: MEMORY_CACHING_TYPE): string {
  return NAMES[value];
}

/** Whose address space a mapping is in. */
export type MappingMode = 'kernel' | 'user';

/** `kernel`, or `user (process 3)`, for reports. */
export function modeText(mode: MappingMode, process: number): string {
  return mode === 'kernel' ? mode : `${mode} (process ${process})`;
}

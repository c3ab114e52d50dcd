/** Names of runs as they come from command lines: they become file names, so nothing else may pass. */

/** Whether a text is a run id, `20261121T080000Z-4f2a91`. */
export const isRunId = (text: string): boolean => /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);

/** How long something computes, in a measure that does not change with what else the machine is doing. */

/** What a call returns, and the milliseconds of processor time this process spent in it. Not the time that passes: other work would be in it. */
export function computed<T>(act: () => T): { readonly value: T; readonly processorMs: number } {
  const before = process.cpuUsage();
  const value = act();
  const { user, system } = process.cpuUsage(before);
  return { value, processorMs: (user + system) / 1000 };
}

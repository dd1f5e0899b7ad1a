export function bytesPerSlot(_s: unknown, _r: unknown): number {
  return 3e8;
}

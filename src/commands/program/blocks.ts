export function addBlockVerbs(..._: unknown[]): void {}

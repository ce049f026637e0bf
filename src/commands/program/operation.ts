export function addOperationVerbs(..._: unknown[]): void {}

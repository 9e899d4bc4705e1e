/** Arguments of which only the type is checked. */
import { invalidArgType } from './node-error.js';

export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

/** A callable; callbacks go by the name `cb`. */
export function validateFunction(
  value: unknown,
  name: string,
): asserts value is (...args: never[]) => unknown {
  if (typeof value !== 'function') throw invalidArgType(name, 'Function', value);
}

/** Neither null nor an array nor a function. */
export function validateObject(
  value: unknown,
  name: string,
): asserts value is Readonly<Record<string, unknown>> {
  if (value === null || Array.isArray(value) || typeof value !== 'object') {
    throw invalidArgType(name, 'Object', value);
  }
}

/** Like `validateObject`, but null passes too. */
export function validateNullableObject(
  value: unknown,
  name: string,
): asserts value is Readonly<Record<string, unknown>> | null {
  if (value !== null) validateObject(value, name);
}

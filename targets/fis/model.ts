/**
 * The service model (model.json): its operations, the parsing of requests, and the validation of values against shapes.
 * Requests and responses are both validated.
 */
import model from './model.json' with { type: 'json' };

export type OperationName = keyof typeof model.operations;

interface Operation {
  method: string;
  path: string;
  input: string;
  output: string;
}

interface Shape {
  type: 'structure' | 'map' | 'list' | 'string' | 'integer' | 'long' | 'boolean' | 'timestamp';
  required?: string[];
  members?: Record<string, string>;
  /** By member: `uri:<name in the path>` or `query:<name>`; all others are in the body. */
  locations?: Record<string, string>;
  member?: string;
  key?: string;
  value?: string;
  min?: number;
  max?: number;
  enum?: string[];
  pattern?: string;
}

const OPERATIONS = model.operations as Record<string, Operation>;
const SHAPES = model.shapes as Record<string, Shape>;
const shapeOf = (name: string): Shape => SHAPES[name]!;

/** Patterns match the whole value. Not applied to parameters: AWS's own samples violate the pattern with spaces. */
const LOOSE = /ActionParameter$/;

export interface Route {
  operation: OperationName;
  /** Path parameters by name. */
  uri: Record<string, string>;
}

/** The operation for this request line; null if there is none. `path` is still encoded. */
export function routeOf(method: string, path: string): Route | null {
  const given = path.split('/').slice(1);
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const wanted = operation.path.split('/').slice(1);
    if (operation.method !== method || wanted.length !== given.length) continue;
    const uri: Record<string, string> = {};
    const fits = wanted.every((part, at) => {
      const variable = /^\{(\w+)\}$/.exec(part)?.[1];
      if (variable === undefined) return part === given[at];
      uri[variable] = decoded(given[at]!);
      return uri[variable] !== '';
    });
    if (fits) return { operation: name as OperationName, uri };
  }
  return null;
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

/** The input of an operation from path, query and body, and its validation errors. */
export function inputOf(
  { operation, uri }: Route,
  query: URLSearchParams,
  body: Record<string, unknown>,
): { input: Record<string, unknown>; errors: string[] } {
  const shape = shapeOf(OPERATIONS[operation]!.input);
  const locations = shape.locations ?? {};
  const fromPath = Object.entries(locations).filter(([, where]) => where.startsWith('uri:'));
  const fromQuery = Object.entries(locations).filter(([, where]) => where.startsWith('query:'));
  const input: Record<string, unknown> = {};
  const errors: string[] = [];
  for (const [member, value] of Object.entries(body)) {
    if (Object.hasOwn(locations, member)) errors.push(`'${member}' does not belong into the body`);
    else input[member] = value;
  }
  for (const [member, where] of fromPath) input[member] = uri[where.slice('uri:'.length)];
  const known = new Map(fromQuery.map(([member, where]) => [where.slice('query:'.length), member]));
  for (const name of new Set(query.keys())) {
    const member = known.get(name);
    if (member === undefined) errors.push(`there is no query parameter '${name}'`);
    else input[member] = asMember(shapeOf(shape.members![member]!), query.getAll(name));
  }
  return { input, errors: [...errors, ...faultsIn(input, OPERATIONS[operation]!.input)] };
}

function asMember({ type }: Shape, values: string[]): unknown {
  if (type === 'list') return values;
  const [value] = values;
  return type === 'integer' && /^-?\d+$/.test(value!) ? Number(value) : value;
}

/** Validation errors of an operation's response; empty if it is valid. */
export const faultsInReply = (operation: OperationName, reply: unknown): string[] =>
  faultsIn(reply, OPERATIONS[operation]!.output);

/** Validation errors of a value against a shape, one sentence each, with its path in the notation of AWS. */
export function faultsIn(value: unknown, shapeName: string, at = ''): string[] {
  const shape = shapeOf(shapeName);
  const fault = (must: string): string[] => [
    `Value ${quoted(value)} at '${at || 'body'}' failed to satisfy constraint: Member must ${must}`,
  ];
  const inside = (name: string): string => (at ? `${at}.${name}` : name);
  switch (shape.type) {
    case 'structure': {
      if (!isObject(value)) return fault('be a structure');
      const members = shape.members ?? {};
      const missing = (shape.required ?? []).filter((name) => value[name] === undefined || value[name] === null);
      return [
        ...missing.map((n) => `Value null at '${inside(n)}' failed to satisfy constraint: Member must not be null`),
        ...Object.entries(value).flatMap(([name, member]) => {
          if (!Object.hasOwn(members, name))
            return [`'${inside(name)}' is not a member of ${shapeName}; known: ${Object.keys(members).join(', ')}`];
          return member === undefined || member === null ? [] : faultsIn(member, members[name]!, inside(name));
        }),
      ];
    }
    case 'map':
      if (!isObject(value)) return fault('be a map');
      return [
        ...sizeFaults(Object.keys(value).length, shape, fault),
        ...Object.entries(value).flatMap(([name, member]) => [
          ...faultsIn(name, shape.key!, `${at}.key`),
          ...faultsIn(member, shape.value!, inside(name)),
        ]),
      ];
    case 'list':
      if (!Array.isArray(value)) return fault('be a list');
      return [
        ...sizeFaults(value.length, shape, fault),
        ...value.flatMap((member, index) => faultsIn(member, shape.member!, `${at}.${index + 1}.member`)),
      ];
    case 'string':
      if (typeof value !== 'string') return fault('be a string');
      return stringFaults(value, shape, shapeName, fault);
    case 'boolean':
      return typeof value === 'boolean' ? [] : fault('be true or false');
    case 'timestamp':
      return typeof value === 'number' && Number.isFinite(value) ? [] : fault('be epoch seconds');
    case 'integer':
    case 'long':
      if (!Number.isSafeInteger(value)) return fault('be a whole number');
      if (shape.min !== undefined && (value as number) < shape.min)
        return fault(`have value greater than or equal to ${shape.min}`);
      if (shape.max !== undefined && (value as number) > shape.max)
        return fault(`have value less than or equal to ${shape.max}`);
      return [];
    default:
      throw new Error(`the model has no type ${String(shape.type)}`);
  }
}

function stringFaults(value: string, shape: Shape, name: string, fault: (must: string) => string[]): string[] {
  if (shape.enum && !shape.enum.includes(value)) return fault(`satisfy enum value set: [${shape.enum.join(', ')}]`);
  const pattern = shape.pattern ?? '[\\s\\S]*';
  const isFit = new RegExp(LOOSE.test(name) ? pattern : `^(?:${pattern})$`, 'u').test(value);
  return [
    ...sizeFaults(value.length, shape, fault),
    ...(isFit ? [] : fault(`satisfy regular expression pattern: ${pattern}`)),
  ];
}

function sizeFaults(size: number, { min, max }: Shape, fault: (must: string) => string[]): string[] {
  if (min !== undefined && size < min) return fault(`have length greater than or equal to ${min}`);
  if (max !== undefined && size > max) return fault(`have length less than or equal to ${max}`);
  return [];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
};

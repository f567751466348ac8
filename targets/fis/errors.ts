/** Errors in the format of FIS: a code in the header x-amzn-errortype, a message in the body. */

/** Codes in use and the status of each. The first four are FIS's own; the others are common to AWS APIs. */
export const STATUS_OF = {
  ValidationException: 400,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnrecognizedClientException: 403,
  UnknownOperationException: 404,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;

export type ErrorCode = keyof typeof STATUS_OF;

export const isErrorCode = (word: unknown): word is ErrorCode =>
  typeof word === 'string' && Object.hasOwn(STATUS_OF, word);

/** An error that is returned to the client. */
export class FisError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS_OF[code];
  }
}

export const invalid = (message: string): FisError => new FisError('ValidationException', message);
export const notFound = (message: string): FisError => new FisError('ResourceNotFoundException', message);

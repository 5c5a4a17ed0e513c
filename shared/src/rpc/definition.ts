import type { MethodDefinition } from '@grpc/proto-loader';

/** A generated service definition: method name → types. */
// biome-ignore lint/suspicious/noExplicitAny: the generated types are invariant, only `any` bounds them all
export type ServiceDefinitionLike = { [method: string]: MethodDefinition<any, any, any, any> } | object;

/** The methods by name, without the index signature that grpc-js adds to every definition. */
export type Methods<Definition> = {
  [Method in keyof Definition as string extends Method
    ? never
    : number extends Method
      ? never
      : Method]: Definition[Method];
};

export type MethodName<Definition> = keyof Methods<Definition> & keyof Definition & string;

export type RequestInput<Method> =
  Method extends MethodDefinition<infer Input, infer _1, infer _2, infer _3> ? Input : never;
export type ReplyInput<Method> =
  Method extends MethodDefinition<infer _1, infer Input, infer _2, infer _3> ? Input : never;
export type RequestOf<Method> =
  Method extends MethodDefinition<infer _1, infer _2, infer Output, infer _3> ? Output : never;
export type ReplyOf<Method> =
  Method extends MethodDefinition<infer _1, infer _2, infer _3, infer Output> ? Output : never;

/** Marks a call that was passed on by a process that was asked in the place of another. */
export const FORWARDED_HEADER = 'millrace-forwarded';

/** Largest message either side accepts: a task result with inline blocks stays far below. */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

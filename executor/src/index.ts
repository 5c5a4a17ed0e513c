export { type Executor, startExecutor } from './executor.ts';
export type { ExecutorDeps } from './executor-deps.ts';
export {
  compileExecutorOptions,
  type ExecutorInput,
  type ExecutorOptions,
  type MachineFacts,
} from './executor-options.ts';
export { type ExecutorProcessInput, runExecutor } from './main.ts';

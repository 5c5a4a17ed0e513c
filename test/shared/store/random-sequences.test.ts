import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '@millrace/shared/errors';
import { jobId } from '@millrace/shared/ids';
import { type CommitStore, createMemoryStore } from '@millrace/shared/store';
import { redisForTest } from './redis/redis-for-test.ts';
import { aJob, B, commitOf, E, offsetsOf, stateBlob } from './samples.ts';

const JOBS = [jobId('job'), jobId('other')];
const SEEDS = 12;
const STEPS = 200;

/** Only Redis has keys: elsewhere the job stands for its slot. */
const SLOT_KEY = /[^ ]+:job:\{(.*?)\}:slot/g;

type Step = { text: string; run(store: CommitStore): Promise<unknown> };
type Random = (below: number) => number;

/** mulberry32 */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What a driver would know, near enough to make most calls succeed and some of each kind fail. */
type Guess = { epoch: number; last: number };

function randomStep(random: Random, guess: Guess): Step {
  const near = (value: number) => (random(5) > 0 ? value : value + random(3) - 1);
  const job = JOBS[random(12) === 0 ? 1 : 0]!;
  const epoch = E(Math.max(0, near(guess.epoch)));
  const following = Math.max(0, near(guess.last + 1));
  const planHash = random(15) === 0 ? 'plan-b' : 'plan-a';
  const record = aJob({ jobId: job, planHash, submittedMs: random(2) });
  const observed = random(2) === 0 ? ('running' as const) : ('restarting' as const);
  const token = `${following}-${random(6) === 0 ? 'rival' : 'own'}`;
  const published = B(Math.max(0, near(guess.last)));
  const again = commitOf(Math.max(0, guess.last), { token: `${guess.last}-own` });
  const amended = `${published}-${random(6) === 0 ? 'rival' : 'own'}`;
  const state = { add: [stateBlob(`b${following}`, following)], remove: [`b${following - 1 - random(4)}`] };
  const choices: [weight: number, text: string, run: Step['run']][] = [
    [4, 'createJob', (store) => store.createJob(record)],
    [2, 'listJobs', (store) => store.listJobs()],
    [2, 'takeOver', (store) => store.takeOver(job)],
    [1, 'raiseEpoch', (store) => store.raiseEpoch(job)],
    [2, 'setStatus', (store) => store.setStatus(job, epoch, { ...record.status, observed })],
    [2, 'updateJob', (store) => store.updateJob(epoch, record, state)],
    [12, 'logOffsets', (store) => store.logOffsets(job, epoch, offsetsOf(following, { planHash }))],
    [12, 'commit', (store) => store.commit(job, epoch, commitOf(following, { token, planHash }), state)],
    [3, 'commit again', (store) => store.commit(job, epoch, again, state)],
    [5, 'amendOutputs', (store) => store.amendOutputs(job, epoch, commitOf(published, { token: amended, planHash }))],
    [10, 'markPublished', (store) => store.markPublished(job, epoch, published)],
    [1, 'deleteJob', (store) => store.deleteJob(job, epoch)],
  ];
  const lots = choices.flatMap((choice) => Array.from({ length: choice[0] }, () => choice));
  const [, text, run] = lots[random(lots.length)]!;
  return { text: `${text} ${job} epoch ${epoch} batch ${following} ${planHash} ${token}`, run };
}

async function outcomeOf(step: Step, store: CommitStore): Promise<unknown> {
  try {
    return { answer: await step.run(store) };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return JSON.parse(
      JSON.stringify({ code: error.code, message: error.message, details: error.details }).replace(SLOT_KEY, '$1'),
    );
  }
}

test('Redis and memory answer alike to any sequence of calls', async (t) => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const redis = (await (await redisForTest(t)).open()).commits;
    const memory = createMemoryStore().commits;
    const random = seeded(seed);
    const guess: Guess = { epoch: 0, last: -1 };
    const history: string[] = [];
    for (let i = 0; i < STEPS; i++) {
      const step = randomStep(random, guess);
      history.push(step.text);
      const expected = await outcomeOf(step, memory);
      const trace = `seed ${seed}, after:\n${history.join('\n')}`;
      assert.deepEqual(await outcomeOf(step, redis), expected, trace);
      for (const job of JOBS) {
        const read: Step = { text: `read ${job}`, run: (store) => store.read(job) };
        assert.deepEqual(await outcomeOf(read, redis), await outcomeOf(read, memory), `${read.text}, ${trace}`);
      }
      const reason =
        (expected as { details?: { reason?: string } }).details?.reason ?? `${step.text.split(' ')[0]} done`;
      seen.set(reason, (seen.get(reason) ?? 0) + 1);
      learn(guess, step, expected);
    }
  }
  for (const reason of EXPECTED_REASONS) assert.ok(seen.has(reason), `no sequence led to: ${reason}`);
});

/** Every refusal, and every step that changes something, must have been met. */
const EXPECTED_REASONS = [
  ...[
    'job-unknown',
    'data-missing',
    'job-exists',
    'epoch-stale',
    'epoch-ahead',
    'batch-stale',
    'token-stale',
    'batch-pending',
  ],
  ...['batch-ahead', 'intent-missing', 'plan-differs', 'previous-unpublished'],
  ...[
    'createJob done',
    'takeOver done',
    'updateJob done',
    'logOffsets done',
    'commit done',
    'amendOutputs done',
    'deleteJob done',
  ],
];

function learn(guess: Guess, step: Step, outcome: unknown): void {
  const { answer } = outcome as { answer?: { epoch: number; lastCommit: { batchId: number } | null } };
  if (!('answer' in (outcome as object)) || !step.text.includes(' job ')) return;
  if (step.text.startsWith('raiseEpoch')) guess.epoch = Number(answer);
  if (step.text.startsWith('takeOver'))
    Object.assign(guess, { epoch: answer?.epoch, last: answer?.lastCommit?.batchId ?? -1 });
  if (step.text.startsWith('commit job')) guess.last = Number(/batch (\d+)/.exec(step.text)?.[1]);
}

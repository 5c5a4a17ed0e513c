import { MillraceError } from '@millrace/shared/errors';
import { newIncarnation } from '@millrace/shared/ids';
import type { Readiness } from '@millrace/shared/metrics';
import {
  type Answerer,
  type CallContext,
  type RpcClient,
  type RpcService,
  switchedService,
} from '@millrace/shared/rpc';
import type { Candidate } from '@millrace/shared/store';
import { persistently } from '../commit/persistently.ts';
import { type Election, standForElection } from './election.ts';
import { DOUBT_MS, type Role } from './leadership.ts';
import { beginTerm, type Term, type TermDependencies } from './term.ts';

/** A store that answers no question for so long is not there, whatever its connection looks like. */
const SILENCE_MAX_MS = 5_000;

type ServiceName = 'control' | 'cluster';

/** A driver's part among the drivers of a store: it leads, or stands by and passes on what it is asked. */
export type DriverRoles = {
  serve<Definition>(service: { service: Definition }, name: ServiceName): RpcService;
  readiness(): Readiness;
  /** Resolves once somebody leads, perhaps this driver. */
  stand(place: Pick<Candidate, 'address' | 'seat'>): Promise<void>;
  /** Ends the term, if there is one, and gives the lease back. */
  leave(): Promise<void>;
};

/** `onFailed`: the jobs cannot be taken up, and trying again will not help. */
export function takePartInElections(deps: TermDependencies, onFailed: (error: unknown) => void): DriverRoles {
  const { clock, log, store } = deps;
  const incarnation = newIncarnation(deps.random);
  let election: Election | null = null;
  let term: Term | null = null;
  /** Aborted by the next change of roles. */
  let current = new AbortController();
  /** Roles are taken one after the other. */
  let acting: Promise<void> = Promise.resolve();
  const peers = new Map<ServiceName, RpcClient<unknown>>();

  function onRole(role: Role): void {
    leaveRole();
    current = new AbortController();
    const { signal } = current;
    acting = acting.then(endTerm).then(() => act(role, signal));
  }

  /** Whoever was being answered has to ask again. */
  function leaveRole(): void {
    const hint = 'ask again: it is found at the same address';
    current.abort(new MillraceError('DRIVER_UNAVAILABLE', 'another driver leads now', { hint }));
    for (const peer of peers.values()) peer.close();
    peers.clear();
  }

  const mayBeReplaced = () => (election?.silentMs() ?? 0) > DOUBT_MS;

  async function endTerm(): Promise<void> {
    const ending = term;
    term = null;
    await ending?.end();
  }

  async function act(role: Role, signal: AbortSignal): Promise<void> {
    if (role.kind === 'follower') {
      log.info({ leader: role.leader?.address, term: role.leader?.term }, 'another driver leads; standing by');
      return;
    }
    const onWait = (error: Error) => log.warn({ err: error }, 'waiting for the store, to take up the jobs');
    try {
      term = await persistently({ clock, signal, onWait }, () => beginTerm(deps, mayBeReplaced));
      log.info({ term: role.leader.term }, 'this driver leads');
    } catch (error) {
      if (!signal.aborted) onFailed(error);
    }
  }

  function peerAt<Definition>(service: { service: Definition }, name: ServiceName, address: string) {
    const known = peers.get(name);
    if (known?.address === address) return known as RpcClient<Definition>;
    known?.close();
    const peer = deps.transport.connect(service, address, { unavailable: 'DRIVER_UNAVAILABLE' });
    peers.set(name, peer);
    return peer;
  }

  function answererOf<Definition>(
    service: { service: Definition },
    name: ServiceName,
    { forwarded }: CallContext,
  ): Answerer<Definition> {
    if (term && !current.signal.aborted) return { here: term[name], until: current.signal };
    const role = election?.role();
    if (role?.kind !== 'follower' || role.leader === null || forwarded) {
      throw new MillraceError('DRIVER_UNAVAILABLE', 'no driver leads just now', {
        hint: 'another one takes over within seconds: try again',
      });
    }
    return { peer: peerAt(service, name, role.leader.address), until: current.signal };
  }

  return {
    serve: (service, name) => switchedService(service, (context) => answererOf(service, name, context)),
    readiness: () => {
      if (election === null || (term === null && election.role().kind === 'leader')) {
        return { ready: false, reason: 'no driver leads yet' };
      }
      if (election.silentMs() > SILENCE_MAX_MS) return { ready: false, reason: 'the store does not answer' };
      return { ready: true };
    },
    async stand(place) {
      election = await standForElection({ incarnation, ...place }, { leaders: store.leaders, clock, log }, onRole);
      await acting;
    },
    async leave() {
      leaveRole();
      acting = acting.then(endTerm);
      await acting;
      await election?.leave();
    },
  };
}

import { CALM } from '../world/network.ts';
import { type Fault, victimOf } from './fault.ts';

/** Two machines, perhaps one of them a server, do not hear one another; or only one of them does not hear the other. */
const cut: Fault = {
  weight: 5,
  begin({ drivers, executors, world }, dice) {
    const one = victimOf([...drivers, ...executors], dice);
    if (!one) return null;
    const others = [...drivers, ...executors].map(({ host }) => host).filter((host) => host !== one.host);
    const other = dice.oneOf([...others, 'store', 'kafka']);
    const oneWay = dice.chance(0.3);
    const [from, to] = dice.chance(0.5) ? [one.host, other] : [other, one.host];
    world.network.cut(from, to, oneWay);
    const text = oneWay ? `nothing gets from ${from} to ${to}` : `${from} and ${to} are cut off from one another`;
    return { text, end: () => world.network.mend(from, to) };
  },
};

/** One machine hears nobody. */
const isolate: Fault = {
  weight: 3,
  begin({ drivers, executors, world }, dice) {
    const nodes = [...drivers, ...executors];
    const one = victimOf(nodes, dice);
    if (!one) return null;
    const others = [...nodes.map(({ host }) => host), 'store', 'kafka'].filter((host) => host !== one.host);
    for (const other of others) world.network.cut(one.host, other, false);
    const end = () => {
      for (const other of others) world.network.mend(one.host, other);
    };
    return { text: `${one.host} is cut off from everyone`, end };
  },
};

/** One way is long, and all others are not: what was sent first arrives last. */
const detour: Fault = {
  weight: 4,
  begin({ drivers, executors, world }, dice) {
    const one = victimOf([...drivers, ...executors], dice);
    if (!one) return null;
    const others = [...drivers, ...executors].map(({ host }) => host).filter((host) => host !== one.host);
    const other = dice.oneOf([...others, 'store', 'store', 'kafka']);
    const [from, to] = dice.chance(0.5) ? [one.host, other] : [other, one.host];
    const ms = dice.oneOf([50, 300, 1_000]);
    world.network.slowDown(from, to, ms);
    const text = `messages from ${from} to ${to} take ${ms} ms longer`;
    return { text, end: () => world.network.mend(from, to) };
  },
};

const weather: Fault = {
  weight: 4,
  begin({ world }, dice) {
    const { network } = world;
    network.weather = {
      ...CALM,
      delayMaxMs: dice.oneOf([20, 200, 1_000]),
      breakProbability: dice.oneOf([0, 0.05, 0.2]),
      duplicateProbability: dice.oneOf([0, 0.1]),
    };
    const { delayMaxMs, breakProbability, duplicateProbability } = network.weather;
    const text = `messages take up to ${delayMaxMs} ms; calls break (${breakProbability}) and arrive twice (${duplicateProbability})`;
    return {
      text,
      end: () => {
        network.weather = { ...CALM };
      },
    };
  },
};

export const NETWORK_FAULTS: readonly Fault[] = [cut, isolate, detour, weather];

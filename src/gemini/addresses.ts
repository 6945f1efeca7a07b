/** Where a target is called: the location of the client (its host, on Google), and the name in the path. */
export interface Address {
  location: string;
  model: string;
}

export interface AddressBook {
  /** Where to look for a target, the most promising first. */
  of: (target: string) => Address[];
  /** It answered there, or nowhere (undefined): the others are not tried again for a while. */
  keep: (target: string, address: Address | undefined) => void;
}

export interface AddressBookOptions {
  servingLocation: string;
  /** `one`: every location is called on the same host. */
  hosts: 'by-location' | 'one';
}

const ENDPOINT = /^(projects\/[^/]+\/locations\/)([^/]+)(\/endpoints\/[^/]+)$/;

/** A target that was found nowhere is looked for everywhere again after this time. */
const LOOK_AGAIN_AFTER_MS = 60_000;

/** True for the full name of a tuned version's endpoint. */
export function isEndpoint(target: string): boolean {
  return ENDPOINT.test(target);
}

/**
 * Google documents that 3.x models are served in `us` and `eu` only, but not whether an endpoint that was tuned in
 * us-central1 keeps that location in its name there. So: the name as given at the serving location, then the name
 * moved to it, then the endpoint's own location; what worked is kept.
 */
export function createAddressBook({ servingLocation, hosts }: AddressBookOptions): AddressBook {
  const kept = new Map<string, { address: Address; lookAgainAt: number }>();
  return {
    of: (target) => {
      const [, start = '', own = '', end = ''] = ENDPOINT.exec(target) ?? [];
      const asGiven = { location: servingLocation, model: target };
      if (own === '' || own === servingLocation) return [asGiven];
      const known = kept.get(target);
      if (known && known.lookAgainAt > Date.now()) return [known.address];
      const all = [
        asGiven,
        { location: servingLocation, model: `${start}${servingLocation}${end}` },
        ...(hosts === 'one' ? [] : [{ location: own, model: target }]),
      ];
      return known ? [known.address, ...all.filter((address) => !isSame(address, known.address))] : all;
    },
    keep: (target, address) => {
      if (!isEndpoint(target)) return;
      const found = address ?? kept.get(target)?.address ?? { location: servingLocation, model: target };
      kept.set(target, { address: found, lookAgainAt: address ? 0 : Date.now() + LOOK_AGAIN_AFTER_MS });
    },
  };
}

function isSame(one: Address, other: Address): boolean {
  return one.location === other.location && one.model === other.model;
}

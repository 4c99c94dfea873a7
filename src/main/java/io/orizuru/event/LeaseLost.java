package io.orizuru.event;

/** Thrown at a step's border, or by a write, when another server has taken over. Nothing may be done after it. */
public final class LeaseLost extends RuntimeException {
    LeaseLost(Lease lease) {
        super("the lease of " + lease.resource() + " with epoch " + lease.epoch() + " is lost", null, false, false);
    }
}

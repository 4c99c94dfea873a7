package io.orizuru.provision.process;

/**
 * Where a running unit can be joined: bubblewrap, which is there twice.
 *
 * @param outside the number of the one that waits outside; its user namespace owns those of the unit
 * @param inside the number, as this machine sees it, of the unit's first process
 * @param network whether it has a network of its own
 */
record Entrance(long outside, long inside, boolean network) {
    /** Of one that shares this machine's network. */
    Entrance(long outside, long inside) {
        this(outside, inside, false);
    }
}

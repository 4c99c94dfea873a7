package io.orizuru.deploy;

/** Where a version comes. */
enum Placing {
    /** In place of all that run. */
    REPLACING,
    /** Beside those that run, without requests. */
    BESIDE,
    /** Nowhere: it is only built. */
    NOWHERE
}

package io.orizuru.router.builtin;

/** Something with a deadline on an event loop. */
interface Watched {
    /** Looks whether its time is up; called on its event loop, now and then. */
    void check(long nanoTime);

    /** Ends it if it is doing nothing; called on its event loop when the data plane closes. */
    void closeIfIdle();

    /** Ends it. */
    void close();
}
